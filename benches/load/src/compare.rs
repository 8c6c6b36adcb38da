use crate::Failure;
use crate::arguments::Arguments;
use crate::burst::{Burst, Figures};

/// Runs both sides in turn and prints one line of a Markdown table: medians over the rounds, and
/// the ratio product to base of each round (median, least, most). True when every limit is kept
/// and nothing was refused.
pub fn compare(words: &[String]) -> Result<bool, Failure> {
    let base_at = place(words, "--base")?;
    let product_at = place(words, "--product")?;
    let shared = Arguments::parse(&words[..base_at])?;
    let base = Arguments::parse(&words[base_at + 1..product_at])?.or(&shared);
    let product = Arguments::parse(&words[product_at + 1..])?.or(&shared);
    let rounds: usize = shared.number_or("--rounds", 5)?;

    for side in [&base, &product] {
        Burst::of(side)?.lasting(1.0).run()?;
    }
    let (mut bases, mut products) = (Vec::new(), Vec::new());
    for round in 0..rounds {
        // Taking turns at being first, so that neither always meets a warmer machine.
        if round % 2 == 0 {
            bases.push(Burst::of(&base)?.run()?);
            products.push(Burst::of(&product)?.run()?);
        } else {
            products.push(Burst::of(&product)?.run()?);
            bases.push(Burst::of(&base)?.run()?);
        }
    }
    let cpu = Ratio::of(&bases, &products, |figures| figures.cpu_ms);
    let p99 = Ratio::of(&bases, &products, |figures| figures.p99_ms);
    let refused: u64 = bases.iter().chain(&products).map(|one| one.refused).sum();
    let cpu_limit: f64 = shared.number_or("--cpu-limit", f64::INFINITY)?;
    let p99_limit: f64 = shared.number_or("--p99-limit", f64::INFINITY)?;
    let kept = refused == 0 && cpu.median <= cpu_limit && p99.median <= p99_limit;
    println!(
        "| {} | {} | {} | {} |",
        shared.required("--name")?,
        cpu.cells(3, cpu_limit),
        p99.cells(2, p99_limit),
        match refused {
            0 if kept => "kept".to_owned(),
            0 => "missed".to_owned(),
            _ => format!("{refused} refused"),
        }
    );
    Ok(kept)
}

fn place(words: &[String], marker: &str) -> Result<usize, Failure> {
    words.iter().position(|word| word == marker).ok_or_else(|| format!("{marker} is missing").into())
}

/// One measure of both sides.
struct Ratio {
    base: f64,
    product: f64,
    median: f64,
    least: f64,
    most: f64,
}

impl Ratio {
    fn of(bases: &[Figures], products: &[Figures], measure: fn(&Figures) -> f64) -> Ratio {
        let ratios: Vec<f64> =
            bases.iter().zip(products).map(|(base, product)| measure(product) / measure(base)).collect();
        Ratio {
            base: median(bases.iter().map(measure)),
            product: median(products.iter().map(measure)),
            median: median(ratios.iter().copied()),
            least: ratios.iter().copied().fold(f64::INFINITY, f64::min),
            most: ratios.iter().copied().fold(0.0, f64::max),
        }
    }

    fn cells(&self, digits: usize, limit: f64) -> String {
        let limit = if limit.is_finite() { format!("{limit}") } else { "–".to_owned() };
        format!(
            "{:.digits$} | {:.digits$} | {:.2} ({:.2}..{:.2}) | {limit}",
            self.base, self.product, self.median, self.least, self.most
        )
    }
}

/// The middle value; of an even number, the mean of the middle two.
pub fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    match values.len() {
        0 => f64::NAN,
        count if count % 2 == 1 => values[count / 2],
        count => (values[count / 2 - 1] + values[count / 2]) / 2.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle() {
        assert_eq!(median([3.0, 1.0, 2.0].into_iter()), 2.0);
        assert_eq!(median([4.0, 1.0, 2.0, 3.0].into_iter()), 2.5);
    }
}
