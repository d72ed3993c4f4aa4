//! Whether a slope that is allowed is told from the true one, and whether a recording as long as memrec then asks for can.

use crate::common::Wanted;
use crate::common::stats::{head, row};
use crate::noise::Chance;
use crate::{judged, share};
use memrec::analysis::trend::Against;

pub(crate) fn measure(wanted: &Wanted) {
    let runs = wanted.pick(10, 400);
    let columns = [
        "true slope, in times what is allowed",
        "within",
        "exceeded",
        "unclear",
        "unclear, and a length told",
        "told from it at that length",
        "wrongly",
    ];
    let title =
        "10 minutes, once a second, noise that remembers 20 s and is a fifth as high as what is allowed in the time";
    head(&format!("{title}; {runs} runs each, in per cent:"), 0, &columns);
    for times in [0.0, 0.5, 0.8, 1.25, 1.5, 2.0, 4.0] {
        let (mut within, mut exceeded, mut unclear, mut asked, mut decided, mut wrong) = (0, 0, 0, 0, 0, 0);
        for seed in 0..runs {
            let mut tell = |against: Against| match against {
                Against::Within => {
                    wrong += usize::from(times > 1.0);
                    within += 1;
                    None
                }
                Against::Exceeded => {
                    wrong += usize::from(times < 1.0);
                    exceeded += 1;
                    None
                }
                Against::Unclear { enough } => {
                    unclear += 1;
                    enough
                }
            };
            if let Some(enough) = tell(against(seed, times, 600.0)) {
                asked += 1;
                let second = against(seed, times, enough.as_secs_f64());
                decided += usize::from(second == if times > 1.0 { Against::Exceeded } else { Against::Within });
            }
        }
        let of_runs = |count: usize| share(count, runs as usize);
        let told = [of_runs(within), of_runs(exceeded), of_runs(unclear), of_runs(asked), share(decided, asked)];
        let mut cells = vec![times.to_string()];
        cells.extend(told);
        cells.push(of_runs(wrong));
        row(&cells);
    }
}

/// 10 MiB in 10 minutes are allowed.
fn against(seed: u64, times: f64, seconds: f64) -> Against {
    let allowed = f64::from(10 << 20) / 600.0;
    let rest = Chance::seeded(5_000_000 + seed).remembering(seconds as usize, 20.0);
    let point =
        |(at, rest): (usize, f64)| (at as f64, f64::from(200 << 20) + allowed * (times * at as f64 + 120.0 * rest));
    let points: Vec<_> = rest.into_iter().enumerate().map(point).collect();
    judged(&points).against(allowed)
}
