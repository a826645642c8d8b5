//! Tests of whole markets: from an env file and price files to a traded account.

mod signals;
