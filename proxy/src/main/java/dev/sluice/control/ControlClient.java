package dev.sluice.control;

import dev.sluice.failure.SluiceException;
import dev.sluice.json.JsonObject;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Asks a running service over its socket. Blocks, for ten seconds at most.
 *
 * <p>Every method throws {@link SluiceException}: UNAVAILABLE if no service runs, FORBIDDEN if the
 * socket may not be opened, TIMEOUT, or what the service answers.
 */
public final class ControlClient {
  private static final Duration DEADLINE = Duration.ofSeconds(10);

  private final SocketRequest request;

  public ControlClient(Path socket) {
    this(socket, DEADLINE);
  }

  ControlClient(Path socket, Duration deadline) {
    this.request = new SocketRequest(socket, deadline);
  }

  public ServiceStatus service() {
    return StatusReader.service(get("/v1/version"));
  }

  public List<ImageStatus> images() {
    return StatusReader.images(get("/v1/images"));
  }

  public List<LayerStatus> layers() {
    return StatusReader.layers(get("/v1/layers"));
  }

  public List<MountStatus> mounts() {
    return StatusReader.mounts(get("/v1/mounts"));
  }

  public CacheStatus cache() {
    return StatusReader.cache(get("/v1/cache"));
  }

  /** As {@link Explainer#explain}. */
  public Explanation explain(String subject, String path) {
    return ExplanationJson.read(
        parse(
            "",
            "/v1/explain",
            request.get("/v1/explain?subject=" + encoded(subject) + "&path=" + encoded(path))));
  }

  /** What is in force, as a configuration file with comments. */
  public String configuration() {
    return get("/v1/config").string("document");
  }

  public List<CollectedLayer> collect() {
    return CommandWriter.collected(post("gc", null));
  }

  public ImageCache pin(String reference) {
    return CommandWriter.image(post("pin", reference));
  }

  public ImageCache unpin(String reference) {
    return CommandWriter.image(post("unpin", reference));
  }

  public ImageCache warm(String reference) {
    return CommandWriter.image(post("warm", reference));
  }

  public HintedCache warmHints(String image) {
    return CommandWriter.hints(post("warm-hints", image));
  }

  public HintedCache hints(String image) {
    return CommandWriter.hints(post("hints", image));
  }

  /**
   * Begins to record what an image reads, or goes on with it.
   *
   * @param image its reference or digest, or a container of it
   * @param hold until it is ended; else until the container is ready
   */
  public RunStatus record(String image, boolean hold) {
    return CommandWriter.run(post("profile", hold ? "hold" : "record", image));
  }

  public RunStatus recording(String image) {
    return CommandWriter.run(post("profile", "state", image));
  }

  /** Ends a recording and keeps it. */
  public RunStatus endRecording(String image) {
    return CommandWriter.run(post("profile", "end", image));
  }

  private JsonObject post(String command, @Nullable String reference) {
    return post("cache", command, reference);
  }

  private JsonObject post(String group, String command, @Nullable String reference) {
    String path = "/v1/" + group + "/" + command;
    String query = reference == null ? "" : "?reference=" + encoded(reference);
    return parse("", path, request.post(path + query));
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  private JsonObject get(String path) {
    return parse("ask the service for " + path + ": ", path, request.get(path));
  }

  private static JsonObject parse(String action, String path, SocketRequest.Answer answer) {
    if (answer.status() != 200) {
      throw StatusReader.error(action, path, answer.status(), answer.body());
    }
    return StatusReader.parse(path, answer.body());
  }
}
