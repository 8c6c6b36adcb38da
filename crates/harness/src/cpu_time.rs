//! Time as a processor counts it, so that a busy machine makes no run shorter and no input slower.

use rustix::time::{ClockId, clock_gettime};
use std::time::Duration;

/// For how long processors have worked for this process, all of its threads together.
#[must_use]
pub fn process_cpu_time() -> Duration {
    worked(ClockId::ProcessCPUTime)
}

/// For how long a processor has worked for this thread.
#[must_use]
pub fn thread_cpu_time() -> Duration {
    worked(ClockId::ThreadCPUTime)
}

fn worked(clock: ClockId) -> Duration {
    let at = clock_gettime(clock);
    let seconds = u64::try_from(at.tv_sec).expect("such a clock begins at nought");
    let nanoseconds = u32::try_from(at.tv_nsec).expect("less than a second");
    Duration::new(seconds, nanoseconds)
}

/// For how many seconds of a processor foreign bytes are read: `ENTENTE_FUZZ_SECONDS`, else an hour with
/// `ENTENTE_LONG=1`, else `sample`.
#[must_use]
pub fn fuzz_seconds(sample: u64) -> u64 {
    let is_long = std::env::var("ENTENTE_LONG").is_ok_and(|long| long == "1");
    let said = std::env::var("ENTENTE_FUZZ_SECONDS").ok().and_then(|said| said.parse().ok());
    said.unwrap_or(if is_long { 3_600 } else { sample })
}

#[cfg(test)]
mod tests {
    use super::{process_cpu_time, thread_cpu_time};
    use std::time::{Duration, Instant};

    #[test]
    fn waiting_is_not_counted_and_working_is() {
        let (begun, process, thread) = (Instant::now(), process_cpu_time(), thread_cpu_time());
        std::thread::sleep(Duration::from_millis(300));
        assert!(thread_cpu_time() - thread < Duration::from_millis(100));
        let mut sum = 0_u64;
        while thread_cpu_time() - thread < Duration::from_millis(20) {
            sum = std::hint::black_box(sum.wrapping_add(1));
        }
        assert!(process_cpu_time() - process >= Duration::from_millis(20));
        assert!(begun.elapsed() >= Duration::from_millis(320));
    }
}
