//! Chance with a seed, and noise that remembers: white, of a given memory, flicker, a random walk's.

/// Marsaglia's xorshift, made uneven by a multiplication: the same seed gives the same numbers everywhere.
pub struct Chance(u64);

impl Chance {
    pub fn seeded(seed: u64) -> Self {
        let mut chance = Self((seed + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        for _ in 0..8 {
            chance.next();
        }
        chance
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// From 0 to 1.
    pub fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.share()
    }

    /// Every order of magnitude as likely as every other.
    pub fn scale(&mut self, low: f64, high: f64) -> f64 {
        self.between(low.ln(), high.ln()).exp()
    }

    /// The normal distribution's (Box and Muller).
    pub fn normal(&mut self) -> f64 {
        (-2.0 * (1.0 - self.share()).ln()).sqrt() * (std::f64::consts::TAU * self.share()).cos()
    }

    /// How long until something happens that happens once in `mean` on average.
    pub fn wait(&mut self, mean: f64) -> f64 {
        -mean * (1.0 - self.share()).ln()
    }

    /// Noise of standard deviation 1 that forgets within about `memory` steps: AR(1).
    pub fn remembering(&mut self, count: usize, memory: f64) -> Vec<f64> {
        let keep = (-1.0 / memory.max(1e-3)).exp();
        let fresh = (1.0 - keep * keep).sqrt();
        let mut value = self.normal();
        (0..count)
            .map(|_| {
                value = keep * value + fresh * self.normal();
                value
            })
            .collect()
    }

    /// Flicker noise, 1/f down to one wave in the whole: as many AR(1) as there are factors of two between one step and all, each of the same power.
    pub fn flicker(&mut self, count: usize) -> Vec<f64> {
        let octaves = (count as f64).log2().ceil().max(1.0) as i32;
        let mut sum = vec![0.0; count];
        for octave in 0..octaves {
            let part = self.remembering(count, 2_f64.powi(octave));
            sum.iter_mut().zip(part).for_each(|(sum, part)| *sum += part / f64::from(octaves).sqrt());
        }
        sum
    }
}
