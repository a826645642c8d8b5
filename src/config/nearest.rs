//! The word that was probably meant.

/// The candidate with the smallest edit distance to `word`, if it is close enough to be a slip: at
/// most a third of the word's length, at least 2 edits.
///
/// Distance: optimal string alignment (insert, delete, replace, swap of neighbors, each 1), case
/// ignored.
#[must_use]
pub fn nearest<'a>(word: &str, candidates: &[&'a str]) -> Option<&'a str> {
    let limit = (word.chars().count() / 3).max(2);
    candidates
        .iter()
        .map(|&candidate| (distance(word, candidate), candidate))
        .filter(|&(edits, _)| edits <= limit)
        .min_by_key(|&(edits, _)| edits)
        .map(|(_, candidate)| candidate)
}

fn distance(left: &str, right: &str) -> usize {
    let left: Vec<char> = left.to_lowercase().chars().collect();
    let right: Vec<char> = right.to_lowercase().chars().collect();
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=right.len()).collect();
    for (i, &l) in left.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, &r) in right.iter().enumerate() {
            let replace = last[j] + usize::from(l != r);
            let mut edits = replace.min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && l == right[j - 1] && left[i - 1] == r {
                edits = edits.min(before_last[j - 1] + 1);
            }
            row.push(edits);
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_of_textbook_pairs() {
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("weigth", "weight"), 1);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("same", "SAME"), 0);
    }

    #[test]
    fn suggests_slips_and_nothing_far_fetched() {
        let fields = ["regularizer", "network", "spans"];
        assert_eq!(nearest("regularisr", &fields), Some("regularizer"));
        assert_eq!(nearest("horizon", &fields), None);
    }
}
