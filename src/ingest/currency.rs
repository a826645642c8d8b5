//! Currencies of prices: of one panel, all prices must be in the same.

use super::data_file::DataFile;
use super::error::IngestError;
use super::file_layout::FileLayout;
use super::parsed_file::ParsedFile;

/// Currencies that a pair of six letters may consist of.
const MONEY: &[&str] = &[
    "USD", "EUR", "JPY", "GBP", "CHF", "AUD", "NZD", "CAD", "SEK", "NOK", "DKK", "CNH", "CNY",
    "HKD", "SGD", "KRW", "INR", "MXN", "ZAR", "TRY", "PLN", "CZK", "HUF", "BRL", "ILS", "THB",
    "XAU", "XAG",
];

/// Coins in which exchanges quote others.
const COINS: &[&str] = &[
    "USDT", "USDC", "FDUSD", "BUSD", "TUSD", "DAI", "BTC", "XBT", "ETH", "BNB",
];

/// Currency of a file's prices; `None` if nothing tells it.
pub(super) fn of(
    file: &DataFile,
    layout: FileLayout,
    instrument: Option<&str>,
) -> Result<Option<String>, IngestError> {
    if let Some(given) = &file.currency {
        check_code(file, "currency", given)?;
        return Ok(Some(given.clone()));
    }
    let told = instrument.and_then(|name| quoted_in(name, layout));
    let told = told.or_else(|| quoted_in(&file.symbol, layout));
    let of_layout = (layout == FileLayout::Quandl).then_some("USD");
    Ok(told.or(of_layout).map(str::to_owned))
}

/// Refuses a text in `field` that is no currency.
pub(super) fn check_code(
    file: &DataFile,
    field: &'static str,
    code: &str,
) -> Result<(), IngestError> {
    let is_code = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    if (3..=10).contains(&code.len()) && code.bytes().all(is_code) {
        return Ok(());
    }
    let expected = "three to ten capitals or digits such as USD or USDT; correct it";
    Err(file.refuse(field, format!("{code:?}"), expected))
}

/// Currency in which a symbol such as `USDJPY`, `BTC/USDT` or `BTCUSDT` is quoted.
pub(super) fn quoted_in(symbol: &str, layout: FileLayout) -> Option<&'static str> {
    let known = || MONEY.iter().chain(COINS);
    // A perpetual future may name what settles it after a colon: `BTC/USDT:USDT`.
    let symbol = symbol.split(':').next().unwrap_or(symbol);
    if let Some((base, quote)) = symbol.rsplit_once(['/', '-', '_']) {
        let is_base = base.len() >= 2;
        return known()
            .copied()
            .find(|code| is_base && quote.eq_ignore_ascii_case(code));
    }
    let is_money = |name: &str| MONEY.iter().any(|code| name.eq_ignore_ascii_case(code));
    let ends_with = |code: &&&str| {
        let at = symbol.len().checked_sub(code.len());
        let parts = at.and_then(|at| Some((symbol.get(..at)?, symbol.get(at..)?)));
        parts.is_some_and(|(base, quote)| {
            let is_pair = match layout {
                FileLayout::BinanceKlines
                | FileLayout::KrakenBars
                | FileLayout::KrakenTrades
                | FileLayout::CryptoDataDownload
                | FileLayout::TardisTrades
                | FileLayout::TardisQuotes => base.len() >= 3,
                // Elsewhere a symbol that ends like a currency may be a stock.
                _ => is_money(base) || base.len() >= 3 && ["USDT", "USDC"].contains(code),
            };
            is_pair && quote.eq_ignore_ascii_case(code)
        })
    };
    let mut found = known().filter(ends_with);
    let first = found.next().copied();
    // `USDTUSD` may end with `USD` or with `TUSD`.
    first.filter(|_| found.next().is_none())
}

/// Refuses files of different currencies, and a file of unknown currency beside one whose currency
/// is known. Files that all leave it open pass.
pub(super) fn refuse_several(files: &[DataFile], parsed: &[ParsedFile]) -> Result<(), IngestError> {
    let mut known = files
        .iter()
        .zip(parsed)
        .filter_map(|(file, parsed)| Some((file, parsed.report.currency.as_ref()?)));
    let Some((first, expected)) = known.next() else {
        return Ok(());
    };
    if let Some((file, _)) = files
        .iter()
        .zip(parsed)
        .find(|(_, parsed)| parsed.report.currency.is_none())
    {
        let expected = format!(
            "one, because {} is in {expected} and profits of different currencies cannot be added; \
             write `currency: \"{expected}\"` beside `path`, or the currency that it is in",
            first.path.display()
        );
        return Err(file.refuse("currency", "none", expected));
    }
    match known.find(|(_, found)| *found != expected) {
        None => Ok(()),
        Some((file, found)) => {
            let expected = format!(
                "{expected} as in {}, because profits of different currencies cannot be added; \
                 convert the prices of one file with `conversion` beside its `path`, or leave the \
                 asset out; where both are worth the same, write the same `currency` beside each \
                 `path`",
                first.path.display()
            );
            Err(file.refuse("currency", found.as_str(), expected))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn symbols_tell_the_currency_of_their_prices() {
        for (symbol, expected) in [
            ("USDJPY", Some("JPY")),
            ("eurusd", Some("USD")),
            ("BTC/USDT", Some("USDT")),
            ("BTC/USDT:USDT", Some("USDT")),
            ("BTC-USD", Some("USD")),
            ("BTCUSDT", Some("USDT")),
            ("AAPL", None),
            ("SPX", None),
            ("WETH", None),
            ("TUSD", None),
            ("BRK-B", None),
            ("ABCUSD", None),
        ] {
            assert_eq!(quoted_in(symbol, FileLayout::Tidy), expected, "{symbol}");
        }
        for (symbol, expected) in [
            ("BTCFDUSD", None),
            ("USDTUSD", None),
            ("DOTUSD", Some("USD")),
            ("ETHBTC", Some("BTC")),
            ("XBTUSD", Some("USD")),
            ("BTCEUR", Some("EUR")),
        ] {
            assert_eq!(
                quoted_in(symbol, FileLayout::KrakenBars),
                expected,
                "{symbol}"
            );
        }
    }
}
