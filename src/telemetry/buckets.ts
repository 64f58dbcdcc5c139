/** Upper bounds of requests, in seconds. Half a millisecond is a fast upstream; after half a minute clients have given up. */
export const durations = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

/** Upper bounds of connecting, in seconds. */
export const connectDurations = [0.0005, 0.001, 0.0025, 0.01, 0.05, 0.1, 0.25, 1, 5]
