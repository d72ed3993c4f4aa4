//! The leak on purpose: how much of it there is, is known.

/// Keeps so many bytes for ever, in memory that nobody can reach any more. All of them are written to: what is only reserved is not resident.
pub(crate) fn leak(bytes: usize) {
    if bytes > 0 {
        std::hint::black_box(vec![0xA5_u8; bytes].leak());
    }
}
