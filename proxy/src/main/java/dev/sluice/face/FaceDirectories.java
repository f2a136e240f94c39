package dev.sluice.face;

import java.nio.file.Path;

/**
 * Where what belongs to faces lies. None of them is below the FUSE mount but {@code served}.
 *
 * @param served where FUSE shows layers, each as N and its tar as N.tar
 * @param names where EROFS shows layers whose bytes come by FUSE
 * @param whole where EROFS shows layers whose bytes are all on disk
 * @param images of names
 */
public record FaceDirectories(Path served, Path names, Path whole, Path images) {}
