use crate::Failure;

/// The kernel counts processor time in hundredths of a second for programs that ask.
const TICKS_PER_SECOND: f64 = 100.0;

/// CPU that the process has used since its start, user and system, all threads, in seconds.
pub fn cpu_seconds(pid: u32) -> Result<f64, Failure> {
    let text = read(pid, "stat")?;
    // The command's name, in parentheses, may itself hold spaces and parentheses.
    let after = text.rsplit_once(')').map_or("", |(_, after)| after);
    let fields: Vec<&str> = after.split_whitespace().collect();
    // Fields 14 and 15 of the whole line; the third is the first after the name.
    match (fields.get(11), fields.get(12)) {
        (Some(user), Some(system)) => Ok((user.parse::<f64>()? + system.parse::<f64>()?) / TICKS_PER_SECOND),
        _ => Err(format!("could not understand the times of process {pid}").into()),
    }
}

/// Memory of the process in MiB, shared pages divided among their users (PSS).
pub fn memory_mebibytes(pid: u32) -> Result<f64, Failure> {
    let text = read(pid, "smaps_rollup")?;
    let kibibytes: f64 = text
        .lines()
        .find_map(|line| line.strip_prefix("Pss:")?.trim().strip_suffix("kB"))
        .ok_or("the kernel does not tell the process's PSS")?
        .trim()
        .parse()?;
    Ok(kibibytes / 1024.0)
}

fn read(pid: u32, file: &str) -> Result<String, Failure> {
    std::fs::read_to_string(format!("/proc/{pid}/{file}"))
        .map_err(|error| format!("could not look at process {pid}: {error}").into())
}
