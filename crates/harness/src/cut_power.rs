use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::temporary_folder::TemporaryFolder;
use crate::watchdog::Watchdog;

/// A file system of its own that loses its power on demand: what was not synced is then gone, as after a
/// blackout. It stands on a file, and goes with this value or with the process.
#[derive(Debug)]
pub struct CutPower {
    image: PathBuf,
    mounted: PathBuf,
    _watchdog: Watchdog,
    _folder: TemporaryFolder,
}

impl CutPower {
    /// Makes one of 512 MB, of ext4; none where the machine does not allow it: it takes root, a loop device,
    /// ext4 and `xfs_io`, which can shut down a file system of either kind.
    #[must_use]
    pub fn mount() -> Option<CutPower> {
        Self::made_by("mkfs.ext4", &["-q", "-F"])
    }

    /// The same of XFS, which keeps and loses other things than ext4.
    #[must_use]
    pub fn mount_xfs() -> Option<CutPower> {
        Self::made_by("mkfs.xfs", &["-q", "-f"])
    }

    fn made_by(maker: &str, arguments: &[&str]) -> Option<CutPower> {
        let folder = TemporaryFolder::new("power");
        let (image, mounted) = (folder.path().join("image"), folder.path().join("mounted"));
        std::fs::create_dir_all(&mounted).ok()?;
        std::fs::File::create(&image).and_then(|file| file.set_len(512 << 20)).ok()?;
        let found = run("xfs_io", &["-V"]) && run(maker, &[arguments, &[&shown(&image)]].concat());
        let watchdog = Watchdog::over("umount \"$1\"; true", &[&shown(&mounted)]);
        let cut = CutPower { image, mounted, _watchdog: watchdog, _folder: folder };
        (found && cut.attach()).then_some(cut)
    }

    /// The folder that it is mounted on.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.mounted
    }

    /// Writes down all that stands now, as time does: for what is set up before the first cut.
    ///
    /// # Panics
    /// When the file system cannot be synced.
    pub fn settle(&self) {
        assert!(run("sync", &["-f", &shown(&self.mounted)]), "it can be synced");
    }

    /// Cuts the power, and gives it back. Whoever has files open there must have been ended before.
    ///
    /// # Panics
    /// When the file system cannot be shut down or mounted again.
    pub fn cut(&self) {
        assert!(run("xfs_io", &["-x", "-c", "shutdown", &shown(&self.mounted)]), "the power can be cut");
        assert!(run("umount", &[&shown(&self.mounted)]), "nobody holds it any more");
        assert!(self.attach(), "it can be mounted again");
    }

    fn attach(&self) -> bool {
        run("mount", &["-o", "loop", &shown(&self.image), &shown(&self.mounted)])
    }
}

impl Drop for CutPower {
    fn drop(&mut self) {
        // A mount that is gone already needs nothing; the watchdog sees to what is left.
        run("umount", &[&shown(&self.mounted)]);
    }
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

fn run(program: &str, arguments: &[&str]) -> bool {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}
