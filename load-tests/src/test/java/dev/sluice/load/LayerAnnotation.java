package dev.sluice.load;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;

/** Writes an annotation on every layer of an image in a registry: another image, the same blobs. */
final class LayerAnnotation {
  private static final String MANIFEST = "application/vnd.oci.image.manifest.v1+json";
  private static final String LAYERS = "\"layers\":[";

  private LayerAnnotation() {}

  /**
   * Puts the image that {@code reference} names under it again, with the annotation.
   *
   * @param reference {@code host:port/repository:tag}
   */
  static void write(String reference, String name, String value) {
    int slash = reference.indexOf('/');
    int colon = reference.lastIndexOf(':');
    URI manifest =
        URI.create(
            "http://%s/v2/%s/manifests/%s"
                .formatted(
                    reference.substring(0, slash),
                    reference.substring(slash + 1, colon),
                    reference.substring(colon + 1)));
    String text = send(HttpRequest.newBuilder(manifest).header("Accept", MANIFEST).build(), 200);
    int layers = text.indexOf(LAYERS) + LAYERS.length();
    String annotations = "{\"annotations\":{\"%s\":\"%s\"},".formatted(name, value);
    String annotated =
        text.substring(0, layers)
            + text.substring(layers).replace("{\"mediaType\":", annotations + "\"mediaType\":");
    if (annotated.equals(text)) {
      throw new IllegalStateException(
          "the manifest of " + reference + " has another form: " + text);
    }
    send(
        HttpRequest.newBuilder(manifest)
            .header("Content-Type", MANIFEST)
            .PUT(BodyPublishers.ofString(annotated))
            .build(),
        201);
  }

  private static String send(HttpRequest request, int status) {
    try (HttpClient client = HttpClient.newHttpClient()) {
      HttpResponse<String> answer = client.send(request, BodyHandlers.ofString());
      if (answer.statusCode() != status) {
        throw new IllegalStateException(request + ": " + answer.statusCode() + " " + answer.body());
      }
      return answer.body();
    } catch (IOException e) {
      throw new UncheckedIOException(request.toString(), e);
    } catch (InterruptedException e) {
      throw new IllegalStateException("interrupted: " + request, e);
    }
  }
}
