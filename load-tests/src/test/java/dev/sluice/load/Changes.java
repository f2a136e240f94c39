package dev.sluice.load;

import java.nio.file.Path;
import java.time.Duration;

/**
 * What a container does to the sample image: every kind of change that a layer can hold, most of
 * them to what lies in lazy layers.
 */
final class Changes {
  private static final Duration STEP = Duration.ofMinutes(1);

  /** By busybox, in the container. */
  private static final String INSIDE =
      """
      set -e; B=/dev/busybox
      # new
      $B mkdir -p /new/deep; echo fresh >/new/deep/file; : >/new/empty
      $B ln -s deep/file /new/link; $B mkfifo /new/fifo; $B mknod /new/null c 1 3
      $B ln /new/deep/file /new/deep/second
      echo in >'/odd/a new
      line'
      # overwritten, in place too, appended, cut
      echo over >/lower/replaced
      echo more >>/odd/block-513
      echo more >>/bin/appended
      $B truncate -s 100 /odd/block-512
      echo patch | $B dd of=/bin/capable-too bs=1 seek=5000 conv=notrunc 2>/dev/null
      # renamed: a file, a link, a directory, over something else
      $B mv /bin/capable /bin/renamed
      $B mv /odd/broken /odd/still-broken
      $B mv /odd/sticky /odd/moved
      $B mv /odd/big-ids /odd/one-byte-no-more; $B mv -f /odd/setgid /odd/setuid
      # removed
      $B rm -rf /lower/merged; $B rm /odd/fifo /odd/null /odd/first
      # a directory by a file, a file by a directory, both by the same again
      $B rm -rf /lower/becomes-directory; echo file >/lower/becomes-directory
      $B rm /lower/becomes-file; $B mkdir /lower/becomes-file; echo in >/lower/becomes-file/it
      $B rm -rf /lower/opaque; $B mkdir /lower/opaque; echo again >/lower/opaque/new
      $B rm -rf /odd/many; $B mkdir -m 0711 /odd/many; echo other >/odd/many/0001
      $B rm /odd/long-link; $B mkdir /odd/long-link
      $B rm /odd/block-511; $B ln -s empty /odd/block-511
      # attributes alone
      $B chmod 0700 /bin; $B chmod 0604 /odd/no-mode; $B chmod 6711 /odd/epoch
      $B chown 17:18 /odd/far-future; $B chown -h 19:20 /odd/symlink; $B chown 21:22 /odd/disk
      $B chown 23 /odd/attributes.d
      # one more name for what is in a lazy layer, and for what is changed
      $B ln /odd/second /new/linked; $B ln /odd/block-513 /new/appended
      # times alone
      $B touch /odd/nanoseconds; $B touch -d @1234567890 /odd/latin*; $B touch /odd/empty-directory
      # there and away again
      echo x >/odd/short-lived; $B rm /odd/short-lived
      """;

  /** By programs that the container has not, in its root file system. */
  private static final String OUTSIDE =
      """
      cd "$1"
      setfattr -n user.added -v yes odd/attributes
      setfattr -x user.text odd/attributes
      echo more >>odd/attributes
      setcap cap_sys_time=ep lower/replaced
      setcap cap_net_raw=ep odd/epoch
      setfattr -n user.on-directory -v yes lower/opaque
      """;

  private Changes() {}

  /** Does all that in a container that sleeps, whose root file system is {@code rootfs}. */
  static void make(Containerd containerd, String container, Path rootfs) {
    containerd.exec(container, INSIDE);
    Program.run(STEP, "sh", "-euc", OUTSIDE, "sh", rootfs);
  }
}
