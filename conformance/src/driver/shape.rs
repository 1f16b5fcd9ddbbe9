//! From what a program says of frames to the bytes that go over the wire, segment by segment.

use crate::client::wire::{self, Bits, put_frame};
use crate::program::{Framing, LengthForm, Payload, Piece, WireFrame, opcode};

/// What goes over the wire at one go.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Shaped {
    /// The segments, in order.
    pub(super) segments: Vec<Vec<u8>>,
    /// Whether there is a close frame among them.
    pub(super) closes: bool,
    /// Whether the client's side of the stream ends behind them.
    pub(super) fin: bool,
}

/// Pieces as bytes, on a server of this `limits.maxMessageBytes`.
pub(super) fn shape(pieces: &[Piece], limit: usize) -> Shaped {
    let mut shaped = Shaped { segments: vec![Vec::new()], ..Shaped::default() };
    for piece in pieces {
        let Some(segment) = shaped.segments.last_mut() else { break };
        match piece {
            Piece::Frame(frame) => {
                shaped.closes |= frame.opcode == opcode::CLOSE;
                put(segment, frame, limit);
            }
            Piece::Bytes(bytes) => segment.extend(bytes),
            Piece::Cut => shaped.segments.push(Vec::new()),
            Piece::Fin => shaped.fin = true,
        }
    }
    shaped
}

fn put(out: &mut Vec<u8>, frame: &WireFrame, limit: usize) {
    let payload = match &frame.payload {
        Payload::Text(text) => text.as_bytes().to_vec(),
        Payload::Bytes(bytes) => bytes.clone(),
        Payload::Spaces(bytes) => vec![b' '; *bytes],
        Payload::SpacesToLimit(over) => {
            let over = isize::try_from(*over).unwrap_or(0);
            vec![b' '; limit.saturating_add_signed(over)]
        }
        Payload::FilledToLimit(with, over) => {
            let bytes = limit.saturating_add(usize::try_from(*over).unwrap_or(0));
            with.to_string().repeat(bytes.div_ceil(with.len_utf8())).into_bytes()
        }
    };
    let length = match frame.length {
        LengthForm::AnnouncedOverLimit(over) => LengthForm::Announced((limit as u64).saturating_add(over)),
        length => length,
    };
    let mask = frame.masked.then(wire::fresh_mask);
    put_frame(out, Bits { fin: frame.fin, rsv: frame.rsv, opcode: frame.opcode, mask }, length, &payload);
}

/// A text message as bytes, in fragments of so many bytes and in whatever other shape; pings that stand between the
/// fragments carry this payload.
pub(super) fn shape_message(
    text: &str,
    fragments: Option<usize>,
    framing: Framing,
    (deflates, ping): (bool, &str),
) -> Vec<Vec<u8>> {
    let compress = framing.deflated && deflates;
    let message = if compress { wire::deflate(text.as_bytes()) } else { text.as_bytes().to_vec() };
    let mut parts: Vec<&[u8]> = match fragments {
        Some(bytes) if !message.is_empty() => message.chunks(bytes.max(1)).collect(),
        _ => vec![&message],
    };
    if framing.empty_fragments {
        parts = parts.into_iter().flat_map(|part| [&[][..], part]).chain([&[][..]]).collect();
    }
    let mut out = Vec::with_capacity(message.len() + 14 * parts.len());
    let whole = |opcode| {
        let bits = Bits::whole(opcode);
        if framing.zero_mask { Bits { mask: Some([0; 4]), ..bits } } else { bits }
    };
    for (index, part) in parts.iter().enumerate() {
        for (wanted, opcode) in [(framing.pings, opcode::PING), (framing.pongs, opcode::PONG)] {
            if index > 0 && wanted {
                put_frame(&mut out, whole(opcode), LengthForm::Shortest, ping.as_bytes());
            }
        }
        let bits = Bits {
            fin: index + 1 == parts.len(),
            rsv: if compress && index == 0 { 4 } else { 0 },
            ..whole(if index == 0 { opcode::TEXT } else { opcode::CONTINUATION })
        };
        put_frame(&mut out, bits, framing.length, part);
    }
    match framing.segments {
        Some(bytes) => out.chunks(bytes.max(1)).map(<[u8]>::to_vec).collect(),
        None => vec![out],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_has_the_shape_that_it_is_given() {
        let framing = Framing { pings: true, empty_fragments: true, segments: Some(5), ..Framing::default() };
        let segments = shape_message("abcd", Some(2), framing, (false, "p"));
        assert!(segments.iter().rev().skip(1).all(|segment| segment.len() == 5));
        // Five fragments, of which three are empty, and four pings of one byte between them.
        let bytes: usize = segments.iter().map(Vec::len).sum();
        assert_eq!(bytes, 5 * 6 + 4 + 4 * 7);
        let heads: Vec<u8> = {
            let bytes = segments.concat();
            let mut at = 0;
            std::iter::from_fn(|| {
                let head = *bytes.get(at)?;
                at += 6 + usize::from(bytes[at + 1] & 0x7F);
                Some(head)
            })
            .collect()
        };
        assert_eq!(heads, [0x01, 0x89, 0x00, 0x89, 0x00, 0x89, 0x00, 0x89, 0x80]);
    }

    #[test]
    fn pieces_become_segments_and_what_depends_on_the_limit_is_filled_in() {
        let over = WireFrame::new(opcode::TEXT, Payload::SpacesToLimit(1)).unmasked();
        let announced = WireFrame::text("").unmasked().long(LengthForm::AnnouncedOverLimit(2));
        let pieces =
            [Piece::Frame(over), Piece::Cut, Piece::Frame(announced), Piece::Bytes(vec![7]), Piece::Fin];
        let shaped = shape(&pieces, 10);
        let first = [&[0x81, 11][..], &[b' '; 11]].concat();
        let second = vec![0x81, 12, 7];
        assert_eq!(shaped, Shaped { segments: vec![first, second], closes: false, fin: true });
        assert!(shape(&[Piece::Frame(WireFrame::close(Vec::new()))], 10).closes);
    }
}
