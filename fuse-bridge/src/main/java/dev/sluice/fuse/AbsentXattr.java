package dev.sluice.fuse;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** What to answer when a node has not the extended attribute that is asked for. */
public final class AbsentXattr {
  /*
   * ls -l asks each file for its access control list and its SELinux label, unless the file system
   * has said of one file that it supports none: then it asks no more. A layer has neither as a
   * rule, and two questions per file are most of the cost of a listing, so they get that answer.
   * A node that has one still gives it.
   */
  private static final byte[] ACL = "system.posix_acl_".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] LABEL = "security.selinux".getBytes(StandardCharsets.US_ASCII);

  private AbsentXattr() {}

  /** {@link Errno#EOPNOTSUPP} or {@link Errno#ENODATA}. */
  public static int errno(byte[] name) {
    return startsWith(name, ACL) || Arrays.equals(name, LABEL) ? Errno.EOPNOTSUPP : Errno.ENODATA;
  }

  private static boolean startsWith(byte[] name, byte[] prefix) {
    return name.length >= prefix.length
        && Arrays.equals(name, 0, prefix.length, prefix, 0, prefix.length);
  }
}
