package dev.sluice.node;

import dev.sluice.cache.TarCheck;
import dev.sluice.oci.Digest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Ztocs that gave wrong bytes for their layers: such a layer is never lazy again by this one. */
final class DistrustedZtocs {
  /*
   * Nothing lifts it but a better check: what a ztoc says of a layer does not change, so it would be
   * found wrong again, and be shown until then. A line tells which check has found it wrong; those of
   * an earlier one are forgotten, since that one may have erred (0164). The file is replaced as a
   * whole: a disk that fills up in the midst of a line, or a kill, loses none that was there.
   */
  private static final Logger LOG = LoggerFactory.getLogger(DistrustedZtocs.class);

  /** An index that is wrong costs its layer's bytes once; nobody publishes so many. */
  static final int MOST = 10_000;

  /** A revision of the check, and a digest. */
  private static final Pattern LINE = Pattern.compile("(\\d{1,9}) (\\S+)");

  private final Path file;

  /** In the order in which they were found; changed under this. */
  private final Set<Digest> digests = Collections.synchronizedSet(new LinkedHashSet<>());

  /**
   * @param file kept over restarts
   */
  DistrustedZtocs(Path file) {
    this.file = file;
    try {
      if (Files.exists(file)) {
        read(Files.readString(file, StandardCharsets.ISO_8859_1));
      }
    } catch (IOException e) {
      LOG.warn("read which indexes are wrong from {}: {}", file, e.toString());
    }
  }

  private void read(String text) throws IOException {
    List<String> lines = text.lines().toList();
    for (String line : lines) {
      Matcher matcher = LINE.matcher(line);
      boolean current =
          matcher.matches()
              && Integer.parseInt(matcher.group(1)) == TarCheck.REVISION
              && Digest.isDigest(matcher.group(2));
      if (current && digests.size() < MOST) {
        digests.add(Digest.parse(matcher.group(2)));
      }
    }
    if (digests.size() < lines.size()) {
      LOG.info("forgot {} indexes that another version found wrong", lines.size() - digests.size());
      write();
    }
  }

  private void write() throws IOException {
    StringBuilder text = new StringBuilder();
    digests.forEach(ztoc -> text.append(TarCheck.REVISION).append(' ').append(ztoc).append('\n'));
    StateFile.replace(file, text.toString());
  }

  boolean contains(Digest ztoc) {
    return digests.contains(ztoc);
  }

  /** Past {@link #MOST} no more are noted: such a layer costs its bytes again. */
  synchronized void add(Digest ztoc) {
    if (digests.size() >= MOST || !digests.add(ztoc)) {
      return;
    }
    try {
      write();
    } catch (IOException e) {
      LOG.warn(
          "note in {} that ztoc {} is wrong: {}; it is noted with the next one, or found again"
              + " after a restart",
          file,
          ztoc,
          e.toString());
    }
  }
}
