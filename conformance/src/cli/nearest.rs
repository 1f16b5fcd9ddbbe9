//! What somebody may have meant who wrote something that is not there.

/// How many are suggested.
const MOST: usize = 3;
/// How alike two texts have to be, of 1.
const ALIKE: f64 = 0.75;

/// The names that are most like this one, best first.
pub(super) fn nearest<'a>(meant: &str, names: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let meant = meant.to_lowercase();
    let likeness = |name: &str| {
        let name = name.to_lowercase();
        // Somebody who leaves the chapter out has written the end of an id.
        let end = name.rsplit('/').next().unwrap_or_default();
        strsim::jaro_winkler(&meant, &name).max(strsim::jaro_winkler(&meant, end))
    };
    let mut alike: Vec<(f64, &str)> =
        names.into_iter().map(|name| (likeness(name), name)).filter(|(like, _)| *like >= ALIKE).collect();
    alike.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    alike.into_iter().take(MOST).map(|(_, name)| name).collect()
}

/// `; did you mean rooms/a, rooms/b or rooms/c?`, or nothing.
pub(super) fn hint<'a>(meant: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    match nearest(meant, names).as_slice() {
        [] => String::new(),
        [one] => format!("; did you mean {one}?"),
        [some @ .., last] => format!("; did you mean {} or {last}?", some.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_of_the_hand_and_missing_chapters_find_what_was_meant() {
        let names = ["rooms/join-twice", "rooms/leave-unknown", "chat/echo", "ROOM-3", "ROOM-13"];
        assert_eq!(nearest("rooms/jion-twice", names).first(), Some(&"rooms/join-twice"));
        assert_eq!(nearest("echo", names), ["chat/echo"]);
        assert_eq!(nearest("room3", names).first(), Some(&"ROOM-3"));
        assert_eq!(hint("xyzzy", names), "");
    }
}
