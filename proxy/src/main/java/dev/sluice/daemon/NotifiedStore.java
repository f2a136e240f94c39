package dev.sluice.daemon;

import dev.sluice.fuse.SessionFiles;
import dev.sluice.fuse.linux.Descriptors;
import dev.sluice.keeper.DescriptorStore;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The file descriptor store of systemd: what it keeps, it gives to the next process. */
final class NotifiedStore implements DescriptorStore {
  /*
   * FDPOLL=0: systemd would else wait for the end of the session by epoll, and FUSE wakes whoever
   * polls its device for every single request.
   */
  private static final Logger LOG = LoggerFactory.getLogger(NotifiedStore.class);
  private static final String DEVICE = "sluice-session";
  private static final String REQUESTS = "sluice-requests";
  private static final int FIRST = 3;

  private final NotifySocket socket;
  private final Trust trust;

  /** Given to us at the start. */
  private final Map<String, List<Integer>> given;

  NotifiedStore(NotifySocket socket, Map<String, String> environment) {
    this.socket = socket;
    // Set since systemd 254, to how many descriptors it would keep.
    this.trust = number(environment, "FDSTORE") > 1 ? Trust.SURE : Trust.UNSURE;
    this.given = given(environment);
  }

  private static Map<String, List<Integer>> given(Map<String, String> environment) {
    Map<String, List<Integer>> ours = new HashMap<>();
    if (number(environment, "LISTEN_PID") != ProcessHandle.current().pid()) {
      return ours;
    }
    List<String> names =
        Arrays.asList(environment.getOrDefault("LISTEN_FDNAMES", "").split(":", -1));
    long count = Math.min(number(environment, "LISTEN_FDS"), names.size());
    for (int i = 0; i < count; i++) {
      String name = names.get(i);
      if (name.equals(DEVICE) || name.equals(REQUESTS)) {
        ours.computeIfAbsent(name, _ -> new ArrayList<>()).add(FIRST + i);
      }
    }
    ours.values().forEach(numbers -> numbers.forEach(NotifiedStore::closeOnExec));
    return ours;
  }

  private static void closeOnExec(int descriptor) {
    try {
      Descriptors.closeOnExec(descriptor);
    } catch (IOException e) {
      LOG.warn("a descriptor from the service manager: {}", e.getMessage());
    }
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
  public synchronized Optional<SessionFiles> take() {
    OptionalInt device = take(DEVICE);
    OptionalInt requests = take(REQUESTS);
    if (device.isEmpty()) {
      requests.ifPresent(Descriptors::close);
      return Optional.empty();
    }
    return Optional.of(new SessionFiles(device.getAsInt(), requests));
  }

  private OptionalInt take(String name) {
    List<Integer> numbers = given.remove(name);
    if (numbers == null) {
      return OptionalInt.empty();
    }
    // There is one session; were there more, the others would be older.
    int newest = numbers.removeLast();
    numbers.forEach(Descriptors::close);
    return OptionalInt.of(newest);
  }

  @Override
  public void put(SessionFiles files) throws IOException {
    put(DEVICE, files.device());
    if (files.requests().isPresent()) {
      put(REQUESTS, files.requests().getAsInt());
    }
  }

  private void put(String name, int descriptor) throws IOException {
    socket.send("FDSTORE=1\nFDNAME=" + name + "\nFDPOLL=0", descriptor);
  }

  @Override
  public void remove() throws IOException {
    socket.send("FDSTOREREMOVE=1\nFDNAME=" + DEVICE);
    socket.send("FDSTOREREMOVE=1\nFDNAME=" + REQUESTS);
  }
}
