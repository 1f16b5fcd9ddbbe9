use super::*;

fn masked(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = Frame::new(first & 0x0f, &[payload]).bytes().to_vec();
    bytes[0] = first;
    bytes[1] |= MASKED;
    let header = bytes.len() - payload.len();
    let mask = [7, 200, 0, 99];
    bytes.splice(header..header, mask);
    for (place, byte) in bytes[header + 4..].iter_mut().enumerate() {
        *byte ^= mask[place % 4];
    }
    bytes
}

#[test]
fn nothing_yet() {
    assert!(masked(0x81, b"hi").len() > 2);
}
