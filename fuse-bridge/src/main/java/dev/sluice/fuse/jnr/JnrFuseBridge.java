package dev.sluice.fuse.jnr;

import dev.sluice.fuse.FaultLog;
import dev.sluice.fuse.FuseBridge;
import dev.sluice.fuse.FuseMount;
import dev.sluice.fuse.MountOptions;
import dev.sluice.fuse.MountedSession;
import dev.sluice.fuse.ReadOnlyFs;
import dev.sluice.fuse.SessionFiles;
import dev.sluice.fuse.linux.MountPoint;
import dev.sluice.fuse.linux.OwnMount;
import java.io.IOException;
import java.lang.ref.Reference;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import jnr.ffi.LibraryLoader;
import jnr.ffi.Struct;
import org.jspecify.annotations.Nullable;
import ru.serce.jnrfuse.LibFuse;
import ru.serce.jnrfuse.struct.FuseOperations;

/** Serves a file system by libfuse 2, for hosts where the kernel bridge cannot be used. */
public final class JnrFuseBridge implements FuseBridge {
  /*
   * Of jnr-fuse it takes the bindings (LibFuse, the structs), and not AbstractFuseFS: that turns
   * names into Strings, which loses those that are no UTF-8, and waits two seconds for each mount.
   *
   * Options as the kernel bridge has them, as far as libfuse 2 goes. use_ino: hard links show one
   * inode number. kernel_cache: pages stay cached from one open to the next. dev, suid: an image's
   * device nodes and setuid programs must work. Names that are absent are cached for a second only,
   * for libfuse 2 offers no way to take that back.
   */
  private static final int LONG_SECONDS = 100_000_000;

  private static final String LIBRARY = "libfuse.so.2";
  private static final long START_SECONDS = 20;

  @Override
  public FuseMount mount(ReadOnlyFs fs, Path directory, MountOptions options) throws IOException {
    Path target = MountPoint.resolve(directory, options.type());
    LibFuse library = load();
    LibfuseAdapter adapter = new LibfuseAdapter(fs, new FaultLog(target.toString()));
    Operations operations = new Operations(adapter);
    FuseOperations struct = operations.struct();
    String[] arguments = {
      options.source(), target.toString(), "-f", "-o", options(options),
    };
    CompletableFuture<Integer> exit = new CompletableFuture<>();
    AtomicReference<@Nullable JnrMount> mount = new AtomicReference<>();
    Thread loop =
        new Thread(
            () -> {
              try {
                exit.complete(
                    library.fuse_main_real(
                        arguments.length, arguments, struct, Struct.size(struct), null));
              } catch (Throwable t) {
                exit.completeExceptionally(t);
              } finally {
                Reference.reachabilityFence(operations); // libfuse calls its functions till here
              }
              adapter.serving().countDown();
              JnrMount served = mount.get();
              if (served != null) {
                served.ended();
              }
            },
            "fuse-" + options.source() + "-libfuse");
    loop.setDaemon(true);
    loop.start();
    awaitServing(adapter.serving(), exit, target);
    OwnMount mounted = OwnMount.at(target);
    mounted.readAhead(options.readAheadBytes());
    JnrMount served = new JnrMount(mounted, loop, adapter);
    mount.set(served);
    return served;
  }

  @Override
  public FuseMount adopt(
      ReadOnlyFs fs, MountedSession session, SessionFiles files, MountOptions options)
      throws IOException {
    throw new IOException(
        "go on with the mount at %s: libfuse can't serve what another process has mounted"
            .formatted(session.directory()));
  }

  private static String options(MountOptions options) {
    return ("ro,dev,suid,allow_other,default_permissions,use_ino,kernel_cache,nonempty,"
            + "entry_timeout=%1$d,attr_timeout=%1$d,negative_timeout=1,fsname=%2$s,subtype=%3$s")
        .formatted(LONG_SECONDS, options.source(), options.subtype());
  }

  /** Waits until libfuse serves, or has ended. */
  private static void awaitServing(
      CountDownLatch serving, CompletableFuture<Integer> exit, Path target) throws IOException {
    String action = "mount " + target + " by libfuse: ";
    try {
      if (!serving.await(START_SECONDS, TimeUnit.SECONDS)) {
        throw new IOException(action + "the kernel sent no request in " + START_SECONDS + " s");
      }
      if (exit.isDone()) {
        throw new IOException(
            action + "it ended with code " + exit.get() + "; standard error tells why");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(action + "interrupted", e);
    } catch (ExecutionException e) {
      throw new IOException(action + e.getCause(), e);
    }
  }

  private static LibFuse load() throws IOException {
    try {
      return LibraryLoader.create(LibFuse.class).failImmediately().load(LIBRARY);
    } catch (UnsatisfiedLinkError e) {
      throw new IOException(
          "load " + LIBRARY + ": install the package libfuse2 (libfuse2t64, fuse-libs)", e);
    }
  }
}
