//! Numbers written as text, as the bytes that they would be stored in.

use std::io::{self, BufRead, Read};

use super::datatype::Datatype;

/// Maximum number of characters of a number.
const MAX_DIGITS: usize = 64;

/// Reads numbers separated by spaces or line breaks, and gives each as little-endian bytes of a type.
pub(super) struct Numbers<R: BufRead> {
    text: R,
    datatype: Datatype,
    /// The bytes of the last number, and how many of them are given out.
    number: [u8; 8],
    used: usize,
}

impl<R: BufRead> Numbers<R> {
    pub(super) fn new(text: R, datatype: Datatype) -> Self {
        Self { text, datatype, number: [0; 8], used: datatype.bytes() }
    }

    /// The next number as text; empty at the end.
    fn word(&mut self) -> io::Result<Vec<u8>> {
        let mut word = Vec::new();
        loop {
            let text = self.text.fill_buf()?;
            if text.is_empty() {
                return Ok(word);
            }
            let is_gap = |byte: &u8| byte.is_ascii_whitespace();
            if word.is_empty() {
                let gap = text.iter().take_while(|byte| is_gap(byte)).count();
                if gap > 0 {
                    self.text.consume(gap);
                    continue;
                }
            }
            let part = text.iter().position(is_gap).unwrap_or(text.len());
            if word.len() + part > MAX_DIGITS {
                return Err(invalid("a number has more than 64 characters"));
            }
            let is_whole = part < text.len();
            word.extend(&text[..part]);
            self.text.consume(part);
            if is_whole {
                return Ok(word);
            }
        }
    }
}

impl<R: BufRead> Read for Numbers<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let size = self.datatype.bytes();
        let mut filled = 0;
        while filled < out.len() {
            if self.used == size {
                let word = self.word()?;
                if word.is_empty() {
                    break;
                }
                self.number = bytes(self.datatype, &word)
                    .ok_or_else(|| invalid("a value is not a number that its type can hold"))?;
                self.used = 0;
            }
            let step = (size - self.used).min(out.len() - filled);
            out[filled..filled + step].copy_from_slice(&self.number[self.used..self.used + step]);
            self.used += step;
            filled += step;
        }
        Ok(filled)
    }
}

fn invalid(message: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, message)
}

/// A number as little-endian bytes of a type, with zeros behind them.
fn bytes(datatype: Datatype, word: &[u8]) -> Option<[u8; 8]> {
    let text = str::from_utf8(word).ok()?;
    let mut bytes = [0; 8];
    let mut put = |stored: &[u8]| bytes[..stored.len()].copy_from_slice(stored);
    match datatype {
        Datatype::U8 => put(&text.parse::<u8>().ok()?.to_le_bytes()),
        Datatype::I8 => put(&text.parse::<i8>().ok()?.to_le_bytes()),
        Datatype::U16 => put(&text.parse::<u16>().ok()?.to_le_bytes()),
        Datatype::I16 => put(&text.parse::<i16>().ok()?.to_le_bytes()),
        Datatype::U32 => put(&text.parse::<u32>().ok()?.to_le_bytes()),
        Datatype::I32 => put(&text.parse::<i32>().ok()?.to_le_bytes()),
        Datatype::U64 => put(&text.parse::<u64>().ok()?.to_le_bytes()),
        Datatype::I64 => put(&text.parse::<i64>().ok()?.to_le_bytes()),
        Datatype::F32 => put(&text.parse::<f32>().ok()?.to_le_bytes()),
        Datatype::F64 => put(&text.parse::<f64>().ok()?.to_le_bytes()),
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(datatype: Datatype, text: &[u8], buffer: usize) -> io::Result<Vec<u8>> {
        let mut out = Vec::new();
        // a buffer of few bytes cuts numbers anywhere
        Numbers::new(io::BufReader::with_capacity(buffer, text), datatype).read_to_end(&mut out)?;
        Ok(out)
    }

    #[test]
    fn numbers_are_read_wherever_the_buffer_ends() {
        for buffer in [1, 2, 3, 7, 64] {
            assert_eq!(read(Datatype::U8, b"  1 22\r\n255\t0 ", buffer).unwrap(), [1, 22, 255, 0]);
            assert_eq!(read(Datatype::I16, b"-2 3", buffer).unwrap(), [0xfe, 0xff, 3, 0]);
            let half = read(Datatype::F64, b"5e-1", buffer).unwrap();
            assert_eq!(half, 0.5_f64.to_le_bytes());
        }
        assert!(read(Datatype::U8, b"", 8).unwrap().is_empty());
    }

    #[test]
    fn what_is_no_number_of_the_type_is_refused() {
        for text in ["256", "-1", "1.5", "one", "\u{b2}", "1,2"] {
            let error = read(Datatype::U8, text.as_bytes(), 8).unwrap_err().to_string();
            assert_eq!(error, "a value is not a number that its type can hold", "{text}");
        }
        let error = read(Datatype::F32, &[b'1'; 1000], 8).unwrap_err().to_string();
        assert_eq!(error, "a number has more than 64 characters");
    }
}
