//! The form of the spec is held to, and what breaks it is named.

use roomwire_schemas::generate::spec::read_chapter;

const HEAD: &str = "# 5. Rooms\n\nProfile: core\n\n";

fn read_one(paragraph: &str) -> Result<String, String> {
    let found = read_chapter("05-rooms.md", &format!("{HEAD}{paragraph}\n"))?;
    let [found] = &found[..] else { return Err(format!("{} requirements", found.len())) };
    Ok(format!("{} {} {} {}", found.id, found.level, found.client, found.text))
}

#[test]
fn a_requirement_is_read_with_its_level_and_on_one_line() {
    assert_eq!(
        read_one("**[ROOM-3]** A server MUST NOT\nforget."),
        Ok("ROOM-3 MUST false A server MUST NOT forget.".into())
    );
    assert_eq!(
        read_one("**[ROOM-4]** *(client)* A client SHOULD ask."),
        Ok("ROOM-4 SHOULD true A client SHOULD ask.".into())
    );
}

#[test]
fn what_is_no_requirement_is_refused_with_its_place() {
    for (paragraph, what) in [
        ("**[ROOM-3]** A server answers.", "one keyword"),
        ("**[ROOM-3]** A server MUST answer and SHOULD smile.", "one keyword"),
        ("**[ROOM-3]** A server MUST answer. It does.", "one sentence"),
        ("**[room-3]** A server MUST answer.", "capitals"),
        ("**[ROOM-3] A server MUST answer.", "begins"),
    ] {
        let error = read_one(paragraph).unwrap_err();
        assert!(error.contains(what) && error.contains(&paragraph[..8]), "{paragraph}: {error}");
    }
    assert!(read_chapter("x.md", "# 1. X\n\nProfile: extra\n\n**[X-1]** It MAY.\n").is_err());
}
