package dev.sluice.load.coldstart;

/**
 * One container, from the command until its ready line.
 *
 * @param round number of the round, from 1
 * @param pullSeconds of the pull command; 0 for a second container
 * @param createSeconds from {@code ctr run} until containerd tells that its process is started,
 *     which may be a little later than it was
 * @param readySeconds from the pull command (a second container: {@code ctr run}) to the ready line
 * @param bytes that crossed the link to the node until then
 * @param requests that were sent over it until then
 * @param daemonCpuSeconds of containerd and, where it runs, of the service, until then
 * @param clientCpuSeconds of the pull command
 * @param daemonPeakMiB the most memory that the service has had, or containerd where no service
 *     runs
 */
record Measurement(
    String image,
    Link link,
    Mode mode,
    int round,
    double pullSeconds,
    double createSeconds,
    double readySeconds,
    long bytes,
    int requests,
    int connections,
    double daemonCpuSeconds,
    double clientCpuSeconds,
    double daemonPeakMiB) {}
