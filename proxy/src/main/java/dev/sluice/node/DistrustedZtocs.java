package dev.sluice.node;

import dev.sluice.cache.TarCheck;
import dev.sluice.oci.Digest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Ztocs that gave wrong bytes for their layers: such a layer is never lazy again by this one. */
final class DistrustedZtocs {
  /*
   * Nothing lifts it but a better check: what a ztoc says of a layer does not change, so it would be
   * found wrong again, and be shown until then. A line tells which check has found it wrong; those of
   * an earlier one are forgotten, since that one may have erred (0164).
   */
  private static final Logger LOG = LoggerFactory.getLogger(DistrustedZtocs.class);

  /** An index that is wrong costs its layer's bytes once; nobody publishes so many. */
  static final int MOST = 10_000;

  /** A revision of the check, and a digest. */
  private static final Pattern LINE = Pattern.compile("(\\d{1,9}) (\\S+)");

  private final Path file;
  private final Set<Digest> digests = ConcurrentHashMap.newKeySet();

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

  /* The last line may be torn, and without its end the next one would be too. */
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
    }
    if (digests.size() < lines.size() || !text.endsWith("\n")) {
      Files.write(file, digests.stream().map(DistrustedZtocs::line).toList());
    }
  }

  private static String line(Digest ztoc) {
    return TarCheck.REVISION + " " + ztoc;
  }

  boolean contains(Digest ztoc) {
    return digests.contains(ztoc);
  }

  /** Past {@link #MOST} no more are noted: such a layer costs its bytes again. */
  void add(Digest ztoc) {
    if (digests.size() >= MOST || !digests.add(ztoc)) {
      return;
    }
    try {
      Files.writeString(
          file,
          line(ztoc) + "\n",
          StandardCharsets.US_ASCII,
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
    } catch (IOException e) {
      LOG.warn("note in {} that ztoc {} is wrong: {}", file, ztoc, e.toString());
    }
  }
}
