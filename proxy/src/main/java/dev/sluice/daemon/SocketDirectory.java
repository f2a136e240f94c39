package dev.sluice.daemon;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The directory of the service's socket: for its owner alone, and held by one process from before
 * it binds the socket until after it has removed it.
 */
public final class SocketDirectory implements AutoCloseable {
  /*
   * A server that closes its socket removes the path, whoever has bound it meanwhile: an old process
   * that takes two seconds to end would take its successor's socket away. A server that was killed
   * leaves the path behind, and nobody can bind it again. So the path is touched only by the holder
   * of a lock beside it, and the lock is given back last.
   */
  private static final Logger LOG = LoggerFactory.getLogger(SocketDirectory.class);
  private static final Set<PosixFilePermission> OWNER_ENTERS =
      PosixFilePermissions.fromString("rwx------");
  private static final Set<PosixFilePermission> OWNER_CONNECTS =
      PosixFilePermissions.fromString("rw-------");
  private static final Set<PosixFilePermission> OF_OTHERS =
      EnumSet.complementOf(
          EnumSet.of(
              PosixFilePermission.OWNER_READ,
              PosixFilePermission.OWNER_WRITE,
              PosixFilePermission.OWNER_EXECUTE));

  private final Path socket;
  private final InstanceLock lock;

  private SocketDirectory(Path socket, InstanceLock lock) {
    this.socket = socket;
    this.lock = lock;
  }

  /**
   * Makes the directory, takes its lock and removes what a killed process left. Bind {@link
   * #newSocket} next, then call {@link #publish}.
   *
   * @param patience how long to wait for a process that is ending
   * @throws SluiceException FAILED_PRECONDITION if another program serves the socket, INVALID if
   *     something else than a socket is there, LOCAL_IO
   */
  public static SocketDirectory claim(Path socket, Duration patience) {
    Path directory = socket.toAbsolutePath().getParent();
    Path name = socket.getFileName();
    if (directory == null || name == null) {
      throw new SluiceException(FailureKind.INVALID, "serve at " + socket + ": it names no file");
    }
    try {
      makePrivate(directory);
    } catch (IOException e) {
      throw new SluiceException(FailureKind.LOCAL_IO, "make " + directory + " for our socket", e);
    }
    InstanceLock lock =
        InstanceLock.acquire(directory.resolve(name + ".lock"), "the socket " + socket, patience);
    try {
      removeStale(socket);
      return new SocketDirectory(socket, lock);
    } catch (RuntimeException e) {
      lock.close();
      throw e;
    }
  }

  /** Takes the permissions of all others from a directory that holds nothing else. */
  private static void makePrivate(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      Files.createDirectories(directory, PosixFilePermissions.asFileAttribute(OWNER_ENTERS));
      return;
    }
    PosixFileAttributes now = Files.readAttributes(directory, PosixFileAttributes.class);
    if (now.permissions().stream().noneMatch(OF_OTHERS::contains)) {
      return;
    }
    try (Stream<Path> entries = Files.list(directory)) {
      boolean ours = entries.allMatch(SocketDirectory::isSocketOrLock);
      if (ours) {
        Files.setPosixFilePermissions(directory, OWNER_ENTERS);
      } else {
        LOG.warn(
            "others may enter {}, which holds more than our socket; only the socket's own"
                + " permissions keep them out: configure an address in a directory of its own",
            directory);
      }
    }
  }

  private static boolean isSocketOrLock(Path entry) {
    return Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)
        ? false
        : entry.toString().matches(".*\\.sock(\\.lock|\\.new)?");
  }

  private static void removeStale(Path socket) {
    try {
      BasicFileAttributes found =
          Files.readAttributes(socket, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      if (!found.isOther()) {
        throw new SluiceException(
            FailureKind.INVALID,
            "serve at " + socket + ": something else than a socket is there",
            "configure another address, or remove it",
            null);
      }
      if (isServed(socket)) {
        throw new SluiceException(
            FailureKind.FAILED_PRECONDITION,
            "serve at " + socket + ": another program listens there",
            "stop it, or configure another address",
            null);
      }
      Files.delete(socket);
      LOG.info("removed the socket that a killed process left at {}", socket);
    } catch (NoSuchFileException e) {
      // As it should be.
    } catch (IOException e) {
      throw new SluiceException(FailureKind.LOCAL_IO, "remove the old socket " + socket, e);
    }
  }

  public Path socket() {
    return socket;
  }

  /** Where to bind a socket that {@link #publish} then gives its name. */
  public Path newSocket() {
    Path fresh = socket.resolveSibling(socket.getFileName() + ".new");
    try {
      Files.deleteIfExists(fresh);
      return fresh;
    } catch (IOException e) {
      throw new SluiceException(FailureKind.LOCAL_IO, "remove the old socket " + fresh, e);
    }
  }

  /** Lets only the owner connect to the new socket, and gives it its name. */
  public void publish() {
    Path fresh = socket.resolveSibling(socket.getFileName() + ".new");
    try {
      Files.setPosixFilePermissions(fresh, OWNER_CONNECTS);
      Files.move(fresh, socket, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new SluiceException(FailureKind.LOCAL_IO, "give the socket its name " + socket, e);
    }
  }

  /**
   * Removes the socket unless somebody listens, then lets a successor in. Close the server before.
   */
  @Override
  public void close() {
    try {
      if (Files.exists(socket) && !isServed(socket)) {
        Files.deleteIfExists(socket);
      }
    } catch (IOException e) {
      LOG.warn("remove the socket {}: {}", socket, e.toString());
    } finally {
      lock.close();
    }
  }

  private static boolean isServed(Path socket) {
    try (SocketChannel _ = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}
