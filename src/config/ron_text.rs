//! Values as RON text.

use super::syntax::options;

/// Writes `value` as RON that `Source::parse` reads back.
///
/// # Errors
/// Error of the serializer.
pub fn to_ron(value: &impl serde::Serialize) -> Result<String, ron::Error> {
    let layout = ron::ser::PrettyConfig::new().depth_limit(4);
    let text = options().to_string_pretty(value, layout)?;
    Ok(without_raw_none(&text) + "\n")
}

/// Names and one-line values of a struct's fields, in order.
///
/// # Errors
/// Error of the serializer.
pub(crate) fn fields_as_ron(
    value: &impl serde::Serialize,
) -> Result<Vec<(String, String)>, ron::Error> {
    let layout = ron::ser::PrettyConfig::new().depth_limit(1);
    let text = without_raw_none(&options().to_string_pretty(value, layout)?);
    let fields = text.lines().filter_map(|line| {
        let (name, value) = line.trim().split_once(": ")?;
        Some((name.to_owned(), value.trim_end_matches(',').to_owned()))
    });
    Ok(fields.collect())
}

/// Removes the `r#` that the serializer writes before variants named `None`, outside of strings.
fn without_raw_none(text: &str) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut is_string = false;
    for part in text.split('"') {
        let before = parts.last().map_or("", String::as_str);
        let n_backslashes = before.len() - before.trim_end_matches('\\').len();
        // An escaped quote does not end a string.
        let is_escaped = is_string && n_backslashes % 2 == 1;
        is_string ^= !parts.is_empty() && !is_escaped;
        parts.push(if is_string {
            part.to_owned()
        } else {
            part.replace("r#None", "None")
        });
    }
    parts.join("\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variants_named_none_are_written_as_users_write_them() {
        assert_eq!(
            without_raw_none(r#"(a: r#None, b: "x \" r#None", c: "\\", d: [r#None])"#),
            r#"(a: None, b: "x \" r#None", c: "\\", d: [None])"#
        );
        let text = to_ron(&crate::adversary::Player::None).unwrap();
        assert_eq!(text, "None\n");
    }

    #[test]
    fn fields_stand_on_a_line_each() {
        let spans: crate::market::Spans = options()
            .from_str(
                "(train: (from: \"2000-01-01\", to: \"2001-01-01\"), \
                 validation: (from: \"2002-01-01\", to: \"2003-01-01\"), \
                 test: (from: \"2004-01-01\", to: \"2005-01-01\"), embargo_bars: 3)",
            )
            .unwrap();
        let fields = fields_as_ron(&spans).unwrap();
        assert_eq!(fields.len(), 4, "{fields:?}");
        assert_eq!(fields[3], ("embargo_bars".to_owned(), "3".to_owned()));
        assert!(fields[0].1.contains("2000-01-01") && !fields[0].1.contains('\n'));
    }
}
