package dev.sluice.doctor;

import java.io.IOException;
import java.util.List;

/** How many files the service may have open: each lazy layer needs three, each connection one. */
final class LimitCheck implements Check {
  private static final String SUBJECT = "open files";
  private static final long ENOUGH = 16384;

  private final Machine machine;
  private final String process;

  /**
   * @param process pid of the service, or "self" if none runs
   */
  LimitCheck(Machine machine, String process) {
    this.machine = machine;
    this.process = process;
  }

  @Override
  public String subject() {
    return SUBJECT;
  }

  @Override
  public List<Finding> run() throws IOException {
    String limits = machine.line(process, "limits", "Max open files").orElse("");
    String soft = limits.split("\\s+", 2)[0];
    String whose = process.equals("self") ? "a service started from here" : "the service";
    long most = soft.equals("unlimited") || soft.isEmpty() ? ENOUGH : Long.parseLong(soft);
    return List.of(
        most >= ENOUGH
            ? Finding.ok(SUBJECT, whose + " may open " + soft)
            : Finding.warn(
                SUBJECT,
                whose + " may open only " + soft,
                "set LimitNOFILE=1048576 in its unit; conf/systemd/sluice.service has it"));
  }
}
