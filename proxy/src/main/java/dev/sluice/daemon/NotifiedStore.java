package dev.sluice.daemon;

import dev.sluice.fuse.linux.Descriptors;
import dev.sluice.keeper.DescriptorStore;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The file descriptor store of systemd: what it keeps, it gives to the next process. */
final class NotifiedStore implements DescriptorStore {
  /*
   * FDPOLL=0: systemd would else wait for the end of the session by epoll, and FUSE wakes whoever
   * polls its device for every single request.
   */
  private static final Logger LOG = LoggerFactory.getLogger(NotifiedStore.class);
  private static final String NAME = "sluice-session";
  private static final int FIRST = 3;

  private final NotifySocket socket;
  private final Trust trust;

  /** Given to us at the start. */
  private final List<Integer> given;

  NotifiedStore(NotifySocket socket, Map<String, String> environment) {
    this.socket = socket;
    // Set since systemd 254, to how many descriptors it would keep.
    this.trust = number(environment, "FDSTORE") > 0 ? Trust.SURE : Trust.UNSURE;
    this.given = given(environment);
  }

  private static List<Integer> given(Map<String, String> environment) {
    List<Integer> ours = new ArrayList<>();
    if (number(environment, "LISTEN_PID") != ProcessHandle.current().pid()) {
      return ours;
    }
    List<String> names =
        Arrays.asList(environment.getOrDefault("LISTEN_FDNAMES", "").split(":", -1));
    long count = Math.min(number(environment, "LISTEN_FDS"), names.size());
    for (int i = 0; i < count; i++) {
      if (names.get(i).equals(NAME)) {
        ours.add(FIRST + i);
      }
    }
    for (int descriptor : ours) {
      try {
        Descriptors.closeOnExec(descriptor);
      } catch (IOException e) {
        LOG.warn("a descriptor from the service manager: {}", e.getMessage());
      }
    }
    return ours;
  }

  private static long number(Map<String, String> environment, String name) {
    try {
      return Long.parseLong(environment.getOrDefault(name, "0"));
    } catch (NumberFormatException e) {
      LOG.warn("{} is no number and is ignored", name);
      return 0;
    }
  }

  @Override
  public Trust trust() {
    return trust;
  }

  @Override
  public synchronized Optional<Integer> take() {
    if (given.isEmpty()) {
      return Optional.empty();
    }
    int descriptor = given.removeLast();
    // There is one session; were there more, the others would be older.
    given.forEach(Descriptors::close);
    given.clear();
    return Optional.of(descriptor);
  }

  @Override
  public void put(int descriptor) throws IOException {
    socket.send("FDSTORE=1\nFDNAME=" + NAME + "\nFDPOLL=0", descriptor);
  }

  @Override
  public void remove() throws IOException {
    socket.send("FDSTOREREMOVE=1\nFDNAME=" + NAME);
  }
}
