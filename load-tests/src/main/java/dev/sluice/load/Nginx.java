package dev.sluice.load;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** An nginx with one worker that serves the file {@code blob} of a directory under every path. */
final class Nginx implements AutoCloseable {
  private static final int MOST_TRIES = 200;

  private final Process process;
  private final int port;

  private Nginx(Process process, int port) {
    this.process = process;
    this.port = port;
  }

  static Nginx start(Path directory) throws IOException, InterruptedException {
    int port;
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    Path config =
        Files.writeString(
            directory.resolve("nginx.conf"),
            """
            daemon off;
            user root;
            worker_processes 1;
            pid %1$s/nginx.pid;
            error_log stderr error;
            events { worker_connections 1024; }
            http {
              access_log off;
              client_body_temp_path %1$s;
              proxy_temp_path %1$s;
              fastcgi_temp_path %1$s;
              uwsgi_temp_path %1$s;
              scgi_temp_path %1$s;
              sendfile on;
              keepalive_requests 1000000000;
              server {
                listen 127.0.0.1:%2$d;
                location / { root %1$s; try_files /blob =404; }
              }
            }
            """
                .formatted(directory, port));
    Process process =
        new ProcessBuilder("nginx", "-e", "stderr", "-c", config.toString())
            .redirectOutput(ProcessBuilder.Redirect.INHERIT)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    for (int tries = 0; tries < MOST_TRIES && process.isAlive(); tries++) {
      try (Socket _ = new Socket(InetAddress.getLoopbackAddress(), port)) {
        return new Nginx(process, port);
      } catch (IOException _) {
        TimeUnit.MILLISECONDS.sleep(50);
      }
    }
    process.destroy();
    throw new IOException("nginx doesn't start");
  }

  int port() {
    return port;
  }

  @Override
  public void close() {
    process.destroy();
    process.onExit().orTimeout(10, TimeUnit.SECONDS).join();
  }
}
