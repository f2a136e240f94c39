package dev.sluice.fuse.linux;

import dev.sluice.fuse.Errno;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Mounts file systems whose device is a file that this process itself serves. */
public final class ApartMount {
  /*
   * While it mounts, the kernel opens the device: it asks us, and the calling thread waits for our
   * answer. If the process is killed between taking that question and answering it, the thread can't
   * be woken; as long as it lives, so do the process's descriptors; as long as the descriptor of
   * /dev/fuse does, the kernel waits for the answer. The process would hang for ever, unkillable.
   *
   * So the call is made by a thread with a table of descriptors of its own, which is empty: when the
   * process is killed its other threads end, the last one closes /dev/fuse, and the kernel ends the
   * wait. Such a thread must not load a class (the jar is closed for it), so it runs all that it needs
   * once before, in vain, and lives for one mount.
   */
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final int FIRST_BUT_STANDARD_STREAMS = 3;

  private ApartMount() {}

  /**
   * Calls mount(2) on a thread of its own, and waits for it.
   *
   * @throws LinuxException if it fails, or takes longer than 30 s: then nothing stays mounted
   */
  public static void mount(String source, Path target, String type, long flags, String options)
      throws LinuxException {
    Mounts.checkOptions(target, type, options);
    CompletableFuture<Integer> done = new CompletableFuture<>();
    Thread thread =
        Thread.ofPlatform()
            .daemon()
            .name("mount-" + target.getFileName())
            .unstarted(() -> run(source, target.toString(), type, flags, options, done));
    thread.start();
    try {
      Mounts.check(done.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS), target, type);
    } catch (TimeoutException | InterruptedException e) {
      if (e instanceof InterruptedException) {
        Thread.currentThread().interrupt();
      }
      if (!done.complete(-Errno.EIO)) {
        Mounts.unmount(target, EnumSet.of(Mounts.Unmount.LAZY));
      }
      throw new LinuxException(
          "mount " + type + " at " + target,
          Errno.EIO,
          "the call took too long or was interrupted");
    } catch (ExecutionException e) {
      throw new IllegalStateException("mount " + target, e);
    }
  }

  private static void run(
      String source,
      String target,
      String type,
      long flags,
      String options,
      CompletableFuture<Integer> done) {
    try {
      Libc.mount("", "", "", 0, "");
      Libc.umount2("", 0);
      int apart = Syscalls.leaveDescriptors(FIRST_BUT_STANDARD_STREAMS, -1);
      int result = apart < 0 ? apart : Libc.mount(source, target, type, flags, options);
      if (!done.complete(result) && result >= 0) {
        Libc.umount2(target, 2);
      }
    } catch (RuntimeException | Error e) {
      done.completeExceptionally(e);
    }
  }
}
