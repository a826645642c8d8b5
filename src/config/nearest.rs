//! Suggestions for misspelled words.

/// Returns the remedy `did you mean …?` if a candidate is close to `word`: inserting, deleting,
/// replacing or swapping 2 letters, or a third of the longer word's letters if that is more, is
/// enough. Case is ignored.
pub(crate) fn did_you_mean(word: &str, candidates: &[&str]) -> Option<String> {
    let word = word.to_lowercase();
    let n_edits = |name: &str| strsim::osa_distance(&word, &name.to_lowercase());
    let limit = |name: &str| (word.chars().count().max(name.chars().count()) / 3).max(2);
    candidates
        .iter()
        .map(|name| (n_edits(name), name))
        .filter(|(edits, name)| *edits <= limit(name))
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, near)| format!("did you mean `{near}`?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_get_a_suggestion_and_other_words_none() {
        let fields = ["regularizer", "network", "weight", "BuyAndHold"];
        for (word, near) in [
            ("regularisr", "regularizer"),
            ("Weigth", "weight"),
            ("BuyHold", "BuyAndHold"),
        ] {
            let expected = format!("did you mean `{near}`?");
            assert_eq!(did_you_mean(word, &fields), Some(expected));
        }
        assert_eq!(did_you_mean("horizon", &fields), None);
    }
}
