package dev.sluice.profile;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.oci.Digest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The profiles of a node: a file for each image, the least recently used removed when there are too
 * many. A damaged file is as good as none. Blocks on the disk.
 */
public final class ProfileStore {
  /*
   * A file's time of modification is when it was last used. A file is written beside and renamed, so
   * it is whole or absent; its first line tells a file that a disk has damaged since.
   */
  private static final Logger LOG = LoggerFactory.getLogger(ProfileStore.class);
  private static final String ENDING = ".profile";
  private static final int MOST_FILES = 512;
  private static final long MOST_BYTES = 128L << 20;
  private static final Duration MOST_AGE = Duration.ofDays(90);

  private final Path directory;

  /**
   * @param directory made if missing
   */
  public ProfileStore(Path directory) {
    this.directory = directory;
    try {
      Files.createDirectories(
          directory,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    } catch (IOException e) {
      throw cannot("make directory", directory, e);
    }
  }

  private record Kept(Path file, long bytes, Instant used) {}

  /** The profile of an image; empty if there is none that can be read. */
  public synchronized Optional<Profile> load(Digest manifest) {
    Path file = file(manifest);
    try {
      Optional<Profile> profile = Optional.of(read(file));
      Files.setLastModifiedTime(file, FileTime.from(Instant.now()));
      return profile.filter(found -> found.manifest().equals(manifest));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException | SluiceException e) {
      LOG.warn(
          "{}; a new one is recorded",
          e instanceof SluiceException ? e.getMessage() : e.toString());
      return Optional.empty();
    }
  }

  private static Profile read(Path file) throws IOException {
    if (Files.size(file) > ProfileFile.MOST_BYTES + 200) {
      throw new SluiceException(FailureKind.CORRUPT, "read " + file + ": it is too large");
    }
    return ProfileFile.read(file.toString(), Files.readAllBytes(file));
  }

  /**
   * The profiles of an image, the last used first.
   *
   * @param image its reference, or the digest of its manifest or the beginning of that
   */
  public synchronized List<Profile> find(String image) {
    return all().stream().filter(profile -> profile.isOf(image)).toList();
  }

  /** All profiles that can be read, the last used first. */
  public synchronized List<Profile> all() {
    List<Profile> profiles = new ArrayList<>();
    for (Kept kept : kept()) {
      try {
        profiles.add(read(kept.file));
      } catch (IOException | SluiceException e) {
        LOG.warn("{}", e.getMessage());
      }
    }
    return profiles;
  }

  /** Whether an image has one, damaged or not. */
  public boolean has(Digest manifest) {
    return Files.exists(file(manifest));
  }

  /** Merges a run into the image's profile; gives what is kept now. */
  synchronized Profile add(Profile.Run run) {
    Profile profile =
        load(run.manifest()).map(old -> old.with(run)).orElseGet(() -> Profile.of(run));
    save(profile);
    return profile;
  }

  /** Keeps a profile in place of the one that there may be. */
  public synchronized void save(Profile profile) {
    Path file = file(profile.manifest());
    byte[] bytes = ProfileFile.write(profile);
    if (bytes.length > ProfileFile.MOST_BYTES) {
      throw new SluiceException(
          FailureKind.EXHAUSTED,
          "keep %s: it would have %d bytes, more than %d"
              .formatted(profile, bytes.length, ProfileFile.MOST_BYTES));
    }
    try {
      Path incoming = Files.createTempFile(directory, ".incoming", "");
      try {
        try (FileChannel channel = FileChannel.open(incoming, StandardOpenOption.WRITE)) {
          ByteBuffer rest = ByteBuffer.wrap(bytes);
          while (rest.hasRemaining()) {
            channel.write(rest);
          }
          channel.force(true);
        }
        Files.move(incoming, file, StandardCopyOption.ATOMIC_MOVE);
      } finally {
        Files.deleteIfExists(incoming);
      }
    } catch (IOException e) {
      throw cannot("keep " + profile + " in", file, e);
    }
    prune();
  }

  /** Whether there was one. */
  public synchronized boolean remove(Digest manifest) {
    try {
      return Files.deleteIfExists(file(manifest));
    } catch (IOException e) {
      throw cannot("remove", file(manifest), e);
    }
  }

  private void prune() {
    long bytes = 0;
    int files = 0;
    Instant oldest = Instant.now().minus(MOST_AGE);
    for (Kept kept : kept()) {
      bytes += kept.bytes;
      files++;
      if (files > MOST_FILES || bytes > MOST_BYTES || kept.used.isBefore(oldest)) {
        try {
          Files.deleteIfExists(kept.file);
        } catch (IOException e) {
          LOG.warn("remove {}: {}", kept.file, e.toString());
        }
      }
    }
  }

  /** The last used first. */
  private List<Kept> kept() {
    List<Kept> all = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*" + ENDING)) {
      for (Path file : files) {
        all.add(new Kept(file, Files.size(file), Files.getLastModifiedTime(file).toInstant()));
      }
    } catch (IOException e) {
      throw cannot("read", directory, e);
    }
    all.sort(Comparator.comparing(Kept::used).reversed());
    return all;
  }

  private Path file(Digest manifest) {
    return directory.resolve(manifest.algorithm() + "-" + manifest.hex() + ENDING);
  }

  private static SluiceException cannot(String action, Path subject, Exception cause) {
    return new SluiceException(FailureKind.LOCAL_IO, action + " " + subject + ": " + cause, cause);
  }
}
