package dev.sluice.fuse.kernel;

import dev.sluice.fuse.FaultLog;
import dev.sluice.fuse.FuseBridge;
import dev.sluice.fuse.FuseCounters;
import dev.sluice.fuse.FuseMount;
import dev.sluice.fuse.MountOptions;
import dev.sluice.fuse.MountedSession;
import dev.sluice.fuse.ReadOnlyFs;
import dev.sluice.fuse.SessionFiles;
import dev.sluice.fuse.linux.Descriptors;
import dev.sluice.fuse.linux.Libc;
import dev.sluice.fuse.linux.MountPoint;
import dev.sluice.fuse.linux.Mounts;
import dev.sluice.fuse.linux.OwnMount;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Serves a file system by speaking the kernel's FUSE protocol on /dev/fuse. */
public final class KernelFuseBridge implements FuseBridge {
  /*
   * Mount flags. RDONLY: nothing can be written, and without it each read makes the kernel forget
   * the access time and ask for the attributes again. Neither NODEV nor NOSUID: the tree is an
   * image's layer, whose device nodes and setuid programs must work in the container, as they do
   * when the layer is unpacked; the overlayfs on top decides for the container.
   *
   * Options. default_permissions: the kernel checks mode bits, since nobody else does. allow_other:
   * without it only the mounting user gets in.
   */
  private static final Logger LOG = LoggerFactory.getLogger(KernelFuseBridge.class);
  private static final int MAX_READ = 1 << 20;
  private static final int HANDSHAKE_MILLIS = 10_000;
  private static final int HANDSHAKE_BYTES = 64 << 10;

  private final long wanted;

  public KernelFuseBridge() {
    this(InitFlags.WANTED);
  }

  private KernelFuseBridge(long wanted) {
    this.wanted = wanted;
  }

  /** One that does without what Linux 6.9 has for hand-overs, as on an older kernel. */
  public static KernelFuseBridge withoutResend() {
    return new KernelFuseBridge(InitFlags.WANTED & ~InitFlags.HAS_RESEND);
  }

  @Override
  public FuseMount mount(ReadOnlyFs fs, Path directory, MountOptions options) throws IOException {
    Path target = MountPoint.resolve(directory, options.type());
    Device device = Device.open();
    try {
      Mounts.mount(
          options.source(),
          target,
          options.type(),
          Mounts.MS_RDONLY,
          "fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other,default_permissions,max_read=%d"
              .formatted(device.descriptor(), MAX_READ));
    } catch (IOException e) {
      device.release();
      throw e;
    }
    try {
      Handshake handshake = shakeHands(device, target);
      KernelMount mount =
          serve(
              fs,
              OwnMount.at(target),
              device,
              handshake,
              kept(handshake, OptionalInt.empty()),
              options);
      mount.start(options.source(), options.threads());
      return mount;
    } catch (IOException | RuntimeException e) {
      try {
        Mounts.unmount(target, EnumSet.allOf(Mounts.Unmount.class));
      } catch (IOException again) {
        e.addSuppressed(again);
      }
      device.release();
      throw e;
    }
  }

  @Override
  public FuseMount adopt(
      ReadOnlyFs fs, MountedSession session, SessionFiles files, MountOptions options)
      throws IOException {
    OwnMount mounted = OwnMount.of(session.directory(), options.type(), session.device());
    int device = files.device();
    if (!Descriptors.name(device).equals(Device.PATH) || Descriptors.hasEnded(device)) {
      throw new IOException(
          "go on with the mount at %s: its session has ended".formatted(session.directory()));
    }
    Handshake handshake = new Handshake(session.minor(), session.flags());
    KernelMount mount =
        serve(
            fs, mounted, Device.of(device), handshake, kept(handshake, files.requests()), options);
    mount.goOn(files.requests().isPresent());
    mount.start(options.source(), options.threads());
    files.requests().ifPresent(Descriptors::close);
    return mount;
  }

  private static @Nullable KeptRequests kept(Handshake handshake, OptionalInt earlier) {
    if (handshake.has(InitFlags.HAS_RESEND)) {
      return null;
    }
    try {
      return earlier.isPresent() ? KeptRequests.of(earlier.getAsInt()) : KeptRequests.make();
    } catch (IOException e) {
      LOG.warn(
          "requests in flight are lost if this process is killed, since they can't be kept: {}",
          e.getMessage());
      return null;
    }
  }

  private static KernelMount serve(
      ReadOnlyFs fs,
      OwnMount mounted,
      Device device,
      Handshake handshake,
      @Nullable KeptRequests kept,
      MountOptions options) {
    mounted.readAhead(options.readAheadBytes());
    FaultLog faults = new FaultLog(mounted.directory().toString());
    Session session =
        new Session(fs, device, handshake, new FuseCounters(), faults, new Unanswered(kept));
    return new KernelMount(mounted, device, session);
  }

  /** Answers the INIT request, which the kernel has queued before mount(2) returned. */
  private Handshake shakeHands(Device device, Path target) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(HANDSHAKE_BYTES, 8);
      Request request = new Request(buffer);
      if (Libc.pollReadable(device.descriptor(), HANDSHAKE_MILLIS) <= 0
          || !request.frame(device.receive(buffer.address(), buffer.byteSize()))
          || request.opcode() != Opcode.INIT) {
        throw new IOException("mount " + target + ": the kernel sent no FUSE INIT request");
      }
      if (request.intAt(0) != Handshake.MAJOR || request.intAt(4) < Handshake.OLDEST_MINOR) {
        throw new IOException(
            "mount %s: the kernel speaks FUSE %d.%d, and 7.%d (Linux 3.15) or newer is needed"
                .formatted(target, request.intAt(0), request.intAt(4), Handshake.OLDEST_MINOR));
      }
      Handshake handshake = Handshake.agree(request, wanted);
      MemorySegment answer = arena.allocate(Handshake.ANSWER_BYTES, 8);
      handshake.write(answer);
      long sent =
          ReplyMemory.ofThread()
              .send(device, request.unique(), answer.address(), answer.byteSize());
      if (sent < 0) {
        throw new IOException("mount " + target + ": INIT: " + Libc.strerror((int) -sent));
      }
      LOG.debug("{} serves FUSE 7.{}, flags {}", target, handshake.minor(), handshake.flags());
      return handshake;
    }
  }
}
