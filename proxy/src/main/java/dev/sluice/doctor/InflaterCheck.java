package dev.sluice.doctor;

import dev.sluice.soci.deflate.LibDeflate;
import java.util.List;

/** What decompresses the spans of layers: libdeflate, or the slower zlib of the JDK. */
final class InflaterCheck implements Check {
  private static final String SUBJECT = "decompression";

  @Override
  public String subject() {
    return SUBJECT;
  }

  @Override
  public List<Finding> run() {
    return List.of(
        LibDeflate.isHere()
            ? Finding.ok(SUBJECT, "by libdeflate")
            : Finding.warn(
                SUBJECT,
                "by the JDK's zlib, at less than half of libdeflate's speed",
                "install libdeflate: libdeflate0 in Debian and Ubuntu, libdeflate in Fedora and"
                    + " Alpine; the service finds it at its next start"));
  }
}
