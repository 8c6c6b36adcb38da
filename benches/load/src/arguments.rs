use crate::Failure;

/// Options in pairs, `--name value`; a name may come several times.
#[derive(Debug, Clone, Default)]
pub struct Arguments {
    pairs: Vec<(String, String)>,
}

impl Arguments {
    /// Reads pairs.
    pub fn parse(words: &[String]) -> Result<Arguments, Failure> {
        let mut pairs = Vec::new();
        for pair in words.chunks(2) {
            match pair {
                [name, value] if name.starts_with("--") => {
                    pairs.push((name.clone(), value.clone()));
                }
                _ => return Err(format!("not an option with a value: {pair:?}").into()),
            }
        }
        Ok(Arguments { pairs })
    }

    /// These, and where they say nothing, the others.
    pub fn or(&self, others: &Arguments) -> Arguments {
        let mut both = self.clone();
        both.pairs.extend(others.pairs.iter().cloned());
        both
    }

    pub fn text(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.pairs.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub fn required(&self, name: &str) -> Result<&str, Failure> {
        self.text(name).ok_or_else(|| format!("{name} is missing").into())
    }

    pub fn number<T: std::str::FromStr>(&self, name: &str) -> Result<T, Failure> {
        let text = self.required(name)?;
        text.parse().map_err(|_| format!("{name} is not a number: {text}").into())
    }

    pub fn number_or<T: std::str::FromStr>(&self, name: &str, otherwise: T) -> Result<T, Failure> {
        match self.text(name) {
            Some(_) => self.number(name),
            None => Ok(otherwise),
        }
    }
}
