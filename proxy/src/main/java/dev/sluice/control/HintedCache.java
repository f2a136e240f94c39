package dev.sluice.control;

/**
 * What hints name of an image, in compressed bytes.
 *
 * @param reference as the service calls the image
 * @param bytes of all that they name
 * @param missingBytes of what is not here
 * @param ended whether nothing more is on its way
 */
public record HintedCache(String reference, long bytes, long missingBytes, boolean ended) {}
