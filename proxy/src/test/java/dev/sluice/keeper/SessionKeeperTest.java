package dev.sluice.keeper;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.fuse.FuseBridge;
import dev.sluice.fuse.FuseMount;
import dev.sluice.fuse.HandOver;
import dev.sluice.fuse.MountOptions;
import dev.sluice.fuse.SessionFiles;
import dev.sluice.fuse.kernel.KernelFuseBridge;
import dev.sluice.fuse.linux.Descriptors;
import dev.sluice.fuse.linux.HolderProcess;
import dev.sluice.fuse.linux.Libc;
import dev.sluice.fuse.linux.MountEntry;
import dev.sluice.fuse.linux.Mounts;
import dev.sluice.fuse.memory.MemoryFs;
import dev.sluice.keeper.SessionKeeper.Keeper;
import dev.sluice.mount.NeedsRoot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A real session, kept by a real process. */
@NeedsRoot
@Timeout(60)
final class SessionKeeperTest {
  private static final int NUMBERING = 7;

  private FuseBridge bridge = new KernelFuseBridge();

  @TempDir Path directory;
  private Path file;
  private Path target;

  /** A service manager that says that it keeps what it is given. */
  private static final class Manager implements DescriptorStore {
    private final Optional<SessionFiles> given;
    private int puts;

    Manager(int given) {
      this.given = Optional.of(SessionFiles.of(given));
    }

    @Override
    public Trust trust() {
      return Trust.SURE;
    }

    @Override
    public Optional<SessionFiles> take() {
      return given;
    }

    @Override
    public void put(SessionFiles files) {
      puts++;
    }

    @Override
    public void remove() {}
  }

  @BeforeEach
  void name() throws IOException {
    file = directory.resolve("session.json");
    target = Files.createDirectory(directory.toRealPath().resolve("target"));
  }

  @AfterEach
  void end() throws IOException {
    SessionKeeper.endStray(target);
    for (MountEntry left : Mounts.below(target)) {
      Mounts.unmount(Path.of(left.directory()), EnumSet.of(Mounts.Unmount.LAZY));
    }
  }

  private SessionKeeper keeper(DescriptorStore store, int numbering) {
    return new SessionKeeper(file, store, numbering);
  }

  /** A mount that its server has left, in the care of a process. */
  private void left() throws IOException {
    FuseMount mount = bridge.mount(new MemoryFs(), target, MountOptions.DEFAULT);
    HandOver handOver = mount.handOver().orElseThrow();
    assertThat(keeper(DescriptorStore.NONE, NUMBERING).keep(handOver)).isEqualTo(Keeper.PROCESS);
    assertThat(SessionKeeper.isKeptByProcess(file)).isTrue();
    assertThat(handOver.leave(Duration.ofSeconds(10))).isTrue();
  }

  /** Gives who keeps the session of the process that has gone on with it. */
  private Keeper goOn(SessionKeeper keeper) throws IOException {
    SessionKeeper.Found found = keeper.find(target).orElseThrow();
    Keeper now;
    try (FuseMount next =
        bridge.adopt(new MemoryFs(), found.session(), found.files(), MountOptions.DEFAULT)) {
      assertThat(next.isAlive()).isTrue();
      now = keeper.keep(next.handOver().orElseThrow());
    }
    keeper.forget();
    assertThat(file).doesNotExist();
    assertThat(HolderProcess.of(target.toString())).isEmpty();
    return now;
  }

  @Test
  void theNextFindsWhatAProcessKeeps() throws IOException {
    left();
    assertThat(goOn(keeper(DescriptorStore.NONE, NUMBERING))).isEqualTo(Keeper.PROCESS);
  }

  @Test
  void theMemoryOfRequestsIsKeptToo() throws IOException {
    bridge = KernelFuseBridge.withoutResend();
    left();
    SessionKeeper keeper = keeper(DescriptorStore.NONE, NUMBERING);
    assertThat(requests(keeper)).isTrue();
    assertThat(goOn(keeper)).isEqualTo(Keeper.PROCESS);
  }

  @Test
  void whatASessionGetsLaterIsKeptFromThenOn() throws IOException {
    left();
    String told = Files.readString(file);
    // As an older version has left it on an older kernel: nothing is kept but the device.
    String flags = "\"flags\":";
    int at = told.indexOf(flags) + flags.length();
    int end = told.indexOf(',', at);
    long agreed = Long.parseLong(told.substring(at, end));
    Files.writeString(file, told.substring(0, at) + (agreed & ~(1L << 39)) + told.substring(end));
    SessionKeeper first = keeper(DescriptorStore.NONE, NUMBERING);
    SessionKeeper.Found found = first.find(target).orElseThrow();
    assertThat(found.files().requests()).isEmpty();
    FuseMount mount =
        bridge.adopt(new MemoryFs(), found.session(), found.files(), MountOptions.DEFAULT);
    HandOver handOver = mount.handOver().orElseThrow();
    assertThat(first.keep(handOver)).isEqualTo(Keeper.PROCESS);
    assertThat(HolderProcess.of(target.toString())).hasSize(1);
    assertThat(handOver.leave(Duration.ofSeconds(10))).isTrue();
    SessionKeeper second = keeper(DescriptorStore.NONE, NUMBERING);
    assertThat(requests(second)).isTrue();
    assertThat(goOn(second)).isEqualTo(Keeper.PROCESS);
  }

  /** Whether an earlier process has left memory with requests. */
  private boolean requests(SessionKeeper keeper) {
    try (SessionFiles files = keeper.find(target).orElseThrow().files()) {
      return files.requests().isPresent();
    }
  }

  @Test
  void theFullerOfTwoIsTaken() throws IOException {
    bridge = KernelFuseBridge.withoutResend();
    left();
    int device;
    try (SessionFiles files =
        keeper(DescriptorStore.NONE, NUMBERING).find(target).orElseThrow().files()) {
      device = Descriptors.duplicate(files.device());
    }
    // A manager that keeps but one file.
    assertThat(requests(keeper(new Manager(device), NUMBERING))).isTrue();
    assertThat(goOn(keeper(DescriptorStore.NONE, NUMBERING))).isEqualTo(Keeper.PROCESS);
  }

  @Test
  void whatTheManagerGivesIsPassedOverIfItHasEnded() throws IOException {
    left();
    int ended = Libc.open("/dev/fuse", Libc.O_RDWR | Libc.O_CLOEXEC);
    assertThat(Descriptors.hasEnded(ended)).isTrue();
    Manager manager = new Manager(ended);
    assertThat(goOn(keeper(manager, NUMBERING))).isEqualTo(Keeper.SERVICE_MANAGER);
    assertThat(manager.puts).isEqualTo(1);
  }

  @Test
  void aSessionThatNumbersOtherwiseIsEnded() throws IOException {
    left();
    SessionKeeper keeper = keeper(DescriptorStore.NONE, NUMBERING + 1);
    assertThat(keeper.find(target)).isEmpty();
    assertThat(keeper.lost()).isEqualTo(1);
    assertThat(file).doesNotExist();
    assertThat(HolderProcess.of(target.toString())).isEmpty();
  }

  @Test
  void aSessionOfAnotherBootIsNoLoss() throws IOException {
    left();
    String told = Files.readString(file);
    String boot = Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip();
    assertThat(told).contains(boot);
    Files.writeString(file, told.replace(boot, "another"));
    SessionKeeper keeper = keeper(DescriptorStore.NONE, NUMBERING);
    assertThat(keeper.find(target)).isEmpty();
    assertThat(keeper.lost()).isZero();
  }
}
