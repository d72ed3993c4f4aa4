//! Student's distribution, and mixtures of it.

/// The share of Student's distribution with `freedom` degrees below `t`; whole degrees have a closed form (Abramowitz and Stegun, 26.7.3 and 26.7.4).
pub(in crate::analysis) fn below(t: f64, freedom: usize) -> f64 {
    let nu = freedom.max(1) as f64;
    let angle = (t / nu.sqrt()).atan();
    let (sine, square) = (angle.sin(), angle.cos().powi(2));
    // Every second degree adds one term to what stands for one, or for two.
    let odd = freedom.max(1) % 2 == 1;
    let (mut term, mut sum, mut degree) = if odd { (angle.cos(), angle.cos(), 3) } else { (1.0, 1.0, 2) };
    if odd && freedom <= 1 {
        sum = 0.0;
    }
    while degree < freedom.max(1) {
        let k = degree as f64;
        term *= square * (k - 1.0) / k;
        sum += term;
        degree += 2;
    }
    let within = if odd { (angle + sine * sum) * std::f64::consts::FRAC_2_PI } else { sine * sum };
    f64::midpoint(1.0, within).clamp(0.0, 1.0)
}

/// One part of a mixture: Student's distribution, moved and widened.
#[derive(Debug, Clone, Copy)]
pub(in crate::analysis) struct Part {
    pub(in crate::analysis) weight: f64,
    pub(in crate::analysis) centre: f64,
    pub(in crate::analysis) width: f64,
}

/// The value that a `share` of the mixture lies below. The weights add up to one.
pub(in crate::analysis) fn quantile(parts: &[Part], freedom: usize, share: f64) -> f64 {
    let mass = |value: f64| -> f64 {
        let of = |part: &Part| match part.width > 0.0 {
            true => part.weight * below((value - part.centre) / part.width, freedom),
            false if value >= part.centre => part.weight,
            false => 0.0,
        };
        parts.iter().map(of).sum()
    };
    // No part that counts for anything has its quantile further out than this.
    let reach = |part: &Part| part.width * 1e3;
    let mut low = parts.iter().map(|part| part.centre - reach(part)).fold(f64::INFINITY, f64::min);
    let mut high = parts.iter().map(|part| part.centre + reach(part)).fold(f64::NEG_INFINITY, f64::max);
    for _ in 0..80 {
        let middle = f64::midpoint(low, high);
        if mass(middle) < share {
            low = middle;
        } else {
            high = middle;
        }
    }
    f64::midpoint(low, high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_distribution_agrees_with_the_tables() {
        for (freedom, t) in [(1, 12.706), (2, 4.303), (3, 3.182), (4, 2.776), (7, 2.365), (11, 2.201), (30, 2.042)] {
            assert!((below(t, freedom) - 0.975).abs() < 1e-4, "{freedom}: {}", below(t, freedom));
            assert!((below(-t, freedom) - 0.025).abs() < 1e-4, "{freedom}");
            assert_eq!(below(0.0, freedom), 0.5);
        }
    }

    #[test]
    fn one_part_has_the_quantile_of_its_table_and_two_lie_between() {
        let part = |centre| Part { weight: 1.0, centre, width: 2.0 };
        assert!((quantile(&[part(10.0)], 7, 0.975) - 14.73).abs() < 0.01);
        let half = |centre| Part { weight: 0.5, centre, width: 2.0 };
        assert!(quantile(&[half(-5.0), half(5.0)], 7, 0.5).abs() < 1e-6);
    }

    #[test]
    fn a_part_without_width_is_its_centre() {
        let part = Part { weight: 1.0, centre: 3.0, width: 0.0 };
        assert_eq!(quantile(&[part], 7, 0.025), 3.0);
    }
}
