/** Prefixes of the annotations that we read; each ends in a slash. */
export const ourPrefix = 'tidegate.dev/'

/** Of ingress-nginx, the controller of the Kubernetes project. */
export const nginxPrefix = 'nginx.ingress.kubernetes.io/'

/** Of the controller that F5 makes, which is another product with the same word in its name. */
export const otherNginxPrefix = 'nginx.org/'
