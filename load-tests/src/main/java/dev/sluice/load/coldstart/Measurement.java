package dev.sluice.load.coldstart;

import java.util.List;

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
 * @param layerBytes of the lazy layers' blobs, that crossed the link until {@code touchedBytes} was
 *     told; 0 for a node without the service
 * @param touchedBytes compressed bytes of the spans that containers had read until then, as the
 *     service says; 0 for a node without it
 * @param faces who answered for names in the lazy layers, in words of {@code layer_face}; empty for
 *     a node without the service
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
    long layerBytes,
    long touchedBytes,
    List<String> faces,
    double daemonCpuSeconds,
    double clientCpuSeconds,
    double daemonPeakMiB) {
  /** How many bytes of layers came for each byte of a span that was read; NaN if none was. */
  double fetchedPerTouched() {
    return touchedBytes == 0 ? Double.NaN : (double) layerBytes / touchedBytes;
  }
}
