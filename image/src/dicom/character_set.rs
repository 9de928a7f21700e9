//! The character sets of texts, and switching between them inside a text (ISO 2022).

use std::borrow::Cow;

use dicom_encoding::text::{SpecificCharacterSet, TextCodec as _};

use crate::contained::contained;

/// Starts the sequence that switches the character set.
const ESCAPE: u8 = 0x1b;

/// Separates values, and ends what was switched to.
const SEPARATOR: u8 = b'\\';

/// Latin alphabet No. 5 (ISO-IR 148), as far as it is not No. 1.
const LATIN_5: &[(char, char)] = &[('Ð', 'Ğ'), ('Ý', 'İ'), ('Þ', 'Ş'), ('ð', 'ğ'), ('ý', 'ı'), ('þ', 'ş')];

/// Latin alphabet No. 9 (ISO-IR 203), as far as it is not No. 1.
const LATIN_9: &[(char, char)] =
    &[('¤', '€'), ('¦', 'Š'), ('¨', 'š'), ('´', 'Ž'), ('¸', 'ž'), ('¼', 'Œ'), ('½', 'œ'), ('¾', 'Ÿ')];

/// What the bytes of a text mean until it switches to another set.
///
/// # Reference
/// DICOM PS3.3, C.12.1.1.2 Specific Character Set, and PS3.5, 6.1.2.
#[derive(Debug, Clone)]
pub(super) struct CharacterSet {
    first: Set,
    /// Whether the header names none that has more than ASCII.
    is_default: bool,
}

/// A set whose characters below 128 are ASCII.
#[derive(Debug, Clone)]
enum Set {
    Known(SpecificCharacterSet),
    /// Latin alphabet No. 1 with other letters for some.
    Latin(&'static [(char, char)]),
}

impl Default for CharacterSet {
    fn default() -> Self {
        Self { first: Set::default(), is_default: true }
    }
}

impl Default for Set {
    fn default() -> Self {
        Self::Known(SpecificCharacterSet::default())
    }
}

impl CharacterSet {
    /// By the values of `SpecificCharacterSet`: a text starts in the first, or, if this is left empty, in ASCII.
    ///
    /// Above 127 ASCII has no characters, so the first set that has some stands for it.
    pub(super) fn of(codes: &[String]) -> Self {
        let mut sets = codes.iter().filter(|code| !is_ascii(code)).filter_map(|code| Set::of_code(code));
        sets.next().map_or_else(Self::default, |first| Self { first, is_default: false })
    }

    /// Text from its bytes; those that mean nothing become replacement characters.
    pub(super) fn decode<'b>(&self, bytes: &'b [u8]) -> Cow<'b, str> {
        if !bytes.contains(&ESCAPE) {
            return match std::str::from_utf8(bytes) {
                // UTF-8 that the header does not state; in other sets it is most unlikely
                Ok(text) if self.is_default || text.is_ascii() => text.into(),
                _ => self.first.decode(bytes).into(),
            };
        }
        let (mut text, mut state, mut rest) = (String::new(), State::of(self), bytes);
        while !rest.is_empty() {
            if let Some(length) = state.switch(rest) {
                rest = &rest[length..];
                continue;
            }
            let run = state.run(rest);
            text.push_str(&state.decode(run));
            rest = &rest[run.len()..];
            if rest.first() == Some(&SEPARATOR) {
                text.push('\\');
                (state, rest) = (State::of(self), &rest[1..]);
            }
        }
        text.into()
    }
}

fn is_ascii(code: &str) -> bool {
    matches!(code, "" | "ISO_IR 6" | "ISO_IR_6" | "ISO 2022 IR 6")
}

impl Set {
    fn of_code(code: &str) -> Option<Self> {
        match code {
            "ISO_IR 148" | "ISO_IR_148" | "ISO 2022 IR 148" => Some(Self::Latin(LATIN_5)),
            "ISO_IR 203" | "ISO_IR_203" | "ISO 2022 IR 203" => Some(Self::Latin(LATIN_9)),
            // Japanese sets of two bytes, to which a text must switch
            "ISO_IR 87" | "ISO 2022 IR 87" | "ISO_IR 159" | "ISO 2022 IR 159" => None,
            "ISO 2022 IR 192" => Some(Self::Known(SpecificCharacterSet::ISO_IR_192)),
            code => SpecificCharacterSet::from_code(code).map(Self::Known),
        }
    }

    fn known(code: &str) -> Self {
        Self::of_code(code).unwrap_or_default()
    }

    fn decode(&self, bytes: &[u8]) -> String {
        match self {
            Self::Known(set) => decode(set, bytes),
            Self::Latin(letters) => {
                let text = decode(&SpecificCharacterSet::ISO_IR_100, bytes);
                let letter =
                    |c: char| letters.iter().find(|(latin, _)| *latin == c).map_or(c, |(_, letter)| *letter);
                text.chars().map(letter).collect()
            }
        }
    }
}

/// The decoder writes undecodable bytes as a backslash and a number, which would split a value.
fn decode(set: &SpecificCharacterSet, bytes: &[u8]) -> String {
    let values = bytes.split(|&byte| byte == SEPARATOR).count();
    match contained(|| set.decode(bytes)) {
        Some(Ok(text)) if text.split('\\').count() <= values => text,
        _ => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// The sets that a text has switched to.
struct State {
    /// Of characters above 127, or of all if these are ASCII.
    high: Set,
    /// The escape sequence of a Japanese set of two bytes below 128.
    pairs: Option<&'static [u8]>,
}

impl State {
    fn of(set: &CharacterSet) -> Self {
        Self { high: set.first.clone(), pairs: None }
    }

    /// Switches the set if an escape sequence stands here; returns its length.
    fn switch(&mut self, bytes: &[u8]) -> Option<usize> {
        let (sequence, set) = SWITCHES.iter().find(|(sequence, _)| bytes.starts_with(sequence))?;
        match set {
            Switch::Ascii => self.pairs = None,
            Switch::Pairs => self.pairs = Some(sequence),
            Switch::High(code) => self.high = Set::known(code),
        }
        Some(sequence.len())
    }

    /// The bytes up to the next escape sequence or separator, at least one.
    fn run<'b>(&self, bytes: &'b [u8]) -> &'b [u8] {
        let is_end = |byte: u8| byte == ESCAPE || byte == SEPARATOR && self.pairs.is_none();
        let start = usize::from(bytes.first() == Some(&ESCAPE));
        let end = bytes[start..].iter().position(|&byte| is_end(byte));
        &bytes[..end.map_or(bytes.len(), |end| start + end)]
    }

    fn decode(&self, run: &[u8]) -> String {
        match self.pairs {
            None => self.high.decode(run),
            Some(sequence) => {
                let set = SpecificCharacterSet::from_code("ISO 2022 IR 87").unwrap_or_default();
                decode(&set, &[sequence, run, b"\x1b(B"].concat())
            }
        }
    }
}

/// What an escape sequence switches to.
enum Switch {
    /// ASCII, or its Japanese variant.
    Ascii,
    /// Pairs of bytes below 128.
    Pairs,
    /// Characters above 127, one byte or two.
    High(&'static str),
}

/// DICOM PS3.3, tables C.12-3 and C.12-4.
const SWITCHES: [(&[u8], Switch); 19] = [
    (b"\x1b(B", Switch::Ascii),
    (b"\x1b(J", Switch::Ascii),
    (b"\x1b$B", Switch::Pairs),
    (b"\x1b$@", Switch::Pairs),
    (b"\x1b$(D", Switch::Pairs),
    (b"\x1b$)C", Switch::High("ISO 2022 IR 149")),
    (b"\x1b$)A", Switch::High("ISO 2022 IR 58")),
    (b"\x1b)I", Switch::High("ISO 2022 IR 13")),
    (b"\x1b-A", Switch::High("ISO 2022 IR 100")),
    (b"\x1b-B", Switch::High("ISO 2022 IR 101")),
    (b"\x1b-C", Switch::High("ISO 2022 IR 109")),
    (b"\x1b-D", Switch::High("ISO 2022 IR 110")),
    (b"\x1b-F", Switch::High("ISO 2022 IR 126")),
    (b"\x1b-G", Switch::High("ISO 2022 IR 127")),
    (b"\x1b-H", Switch::High("ISO 2022 IR 138")),
    (b"\x1b-L", Switch::High("ISO 2022 IR 144")),
    (b"\x1b-M", Switch::High("ISO 2022 IR 148")),
    (b"\x1b-T", Switch::High("ISO 2022 IR 166")),
    (b"\x1b-b", Switch::High("ISO 2022 IR 203")),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(codes: &str, bytes: &[u8]) -> String {
        let codes: Vec<String> = codes.split('\\').map(str::to_owned).collect();
        CharacterSet::of(&codes).decode(bytes).into_owned()
    }

    /// Bytes as Python's codecs give them (`iso2022_jp_1`, `euc_kr`, `gb2312`, `shift_jis`, `iso8859_*`, `cp874`).
    #[test]
    fn texts_of_every_set_are_read() {
        for (codes, bytes, text) in [
            ("", &b"clot"[..], "clot"),
            ("", "Hämatom".as_bytes(), "Hämatom"),
            ("ISO_IR 6", "血腫".as_bytes(), "血腫"),
            ("", b"H\xe4matom", "Hämatom"),
            ("ISO_IR 192", "血腫".as_bytes(), "血腫"),
            ("ISO 2022 IR 192", "血腫".as_bytes(), "血腫"),
            ("ISO_IR 100", b"H\xe4matom", "Hämatom"),
            ("ISO_IR 100", "Hä".as_bytes(), "HÃ¤"),
            ("ISO_IR 101", b"krwiak m\xf3zgu \xb3", "krwiak mózgu ł"),
            ("ISO_IR 144", b"\xd3\xd5\xdc\xd0\xe2\xde\xdc\xd0", "гематома"),
            ("ISO_IR 148", b"kanama \xfe\xfd\xf0", "kanama şığ"),
            ("ISO_IR 203", b"\xbcd\xe8me \xa4", "Œdème €"),
            ("ISO_IR 13", b"\xb9\xde\xaf", "ｹﾞｯ"),
            ("GB18030", b"\xd1\xaa\xd6\xd7", "血肿"),
            ("ISO_IR 166", b"\xe0\xc5\xd7\xcd\xb4", "เลือด"),
        ] {
            assert_eq!(decoded(codes, bytes), text, "{codes}");
        }
    }

    #[test]
    fn a_text_may_switch() {
        for (codes, bytes, text) in [
            (r"\ISO 2022 IR 87", &b"\x1b$B7l<p\x1b(B"[..], "血腫"),
            (r"ISO 2022 IR 13\ISO 2022 IR 87", b"\x1b$B7l<p\x1b(J", "血腫"),
            (r"ISO 2022 IR 13\ISO 2022 IR 87", b"\xb9\xde\x1b$B7l<p\x1b(J 2", "ｹﾞ血腫 2"),
            (r"\ISO 2022 IR 149", b"\x1b$)C\xc7\xf7\xc1\xbe", "혈종"),
            (r"\ISO 2022 IR 149", b"clot \x1b$)C\xc7\xf7\xc1\xbe 2", "clot 혈종 2"),
            ("ISO 2022 IR 149", b"\xc7\xf7\xc1\xbe", "혈종"),
            (r"\ISO 2022 IR 149", b"\xc7\xf7\xc1\xbe", "혈종"),
            (r"\ISO 2022 IR 58", b"\x1b$)A\xd1\xaa\xd6\xd7", "血肿"),
            (r"\ISO 2022 IR 100\ISO 2022 IR 144", b"\x1b-AH\xe4 \x1b-L\xd3\xd5", "Hä ге"),
            (r"ISO 2022 IR 100\ISO 2022 IR 148", b"\xfe\x1b-M\xfe", "þş"),
            (r"\ISO 2022 IR 159", b"\x1b$(D0!\x1b(B", "丂"),
            ("", b"\x1b$B7l<p\x1b(B", "血腫"),
        ] {
            assert_eq!(decoded(codes, bytes), text, "{codes}");
        }
    }

    /// 0x5c is the second byte of ボ in JIS X 0208, and separates values elsewhere.
    #[test]
    fn values_are_separated_outside_of_pairs_alone() {
        let bytes = b"\x1b$BI=%\\\x1b(B\\\xb1";
        let text = decoded(r"ISO 2022 IR 13\ISO 2022 IR 87", bytes);
        assert_eq!(text, "表ボ\\ｱ");
        assert_eq!(decoded(r"\ISO 2022 IR 149", b"\x1b$)C\xc7\xf7\\a"), "혈\\a");
    }

    #[test]
    fn what_means_nothing_is_replaced() {
        let mut random = fastrand::Rng::with_seed(3);
        let sets = [
            "",
            "ISO_IR 192",
            "ISO_IR 100",
            r"\ISO 2022 IR 149",
            r"ISO 2022 IR 13\ISO 2022 IR 87",
            "GB18030",
            "?",
        ];
        for round in 0..3000 {
            let bytes: Vec<u8> = (0..random.usize(..40))
                .map(|_| match random.usize(..6) {
                    0 => ESCAPE,
                    1 => b"$()-BJCDAIM\\"[random.usize(..12)],
                    _ => random.u8(..),
                })
                .collect();
            let text = decoded(sets[round % sets.len()], &bytes);
            let values = bytes.split(|&byte| byte == SEPARATOR).count();
            assert!(text.split('\\').count() <= values, "{bytes:?}");
            assert!(text.len() <= 4 * bytes.len() + 8, "{bytes:?}");
        }
    }
}
