//! Suggestions for misspelled words.

/// Returns the remedy `did you mean …?` if a candidate is close to `word`: at most a third of its
/// letters, at least 2, are inserted, deleted, replaced or swapped; case is ignored.
pub(crate) fn did_you_mean(word: &str, candidates: &[&str]) -> Option<String> {
    let limit = (word.chars().count() / 3).max(2);
    let word = word.to_lowercase();
    let n_edits = |name: &str| strsim::osa_distance(&word, &name.to_lowercase());
    candidates
        .iter()
        .map(|name| (n_edits(name), name))
        .filter(|(edits, _)| *edits <= limit)
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, near)| format!("did you mean `{near}`?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_get_a_suggestion_and_other_words_none() {
        let fields = ["regularizer", "network", "weight"];
        for (word, near) in [("regularisr", "regularizer"), ("Weigth", "weight")] {
            let expected = format!("did you mean `{near}`?");
            assert_eq!(did_you_mean(word, &fields), Some(expected));
        }
        assert_eq!(did_you_mean("horizon", &fields), None);
    }
}
