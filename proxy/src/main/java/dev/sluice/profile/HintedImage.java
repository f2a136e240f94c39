package dev.sluice.profile;

/**
 * What hints name of an image, in compressed bytes.
 *
 * @param bytes of all spans that they name
 * @param missingBytes of those that are not here
 * @param ended whether nothing more is on its way
 */
public record HintedImage(String reference, long bytes, long missingBytes, boolean ended) {}
