import type {
  ApiKeyMaterial,
  CaMaterial,
  CertificateMaterial,
  Material,
  MaterialId,
  TextMaterial,
  TicketKeyMaterial,
  UserMaterial,
} from '../model/material.ts'
import type { Changes } from '../model/model.ts'

/**
 * The keys, certificates and authorities of this process, by the hash of their content.
 *
 * Whoever asks for something that is not there has to fail closed.
 */
export class Materials {
  readonly #byId = new Map<MaterialId, Material>()

  /** Takes what is new. What was removed goes by `forget`, once nothing in force names it. */
  take(changes: Changes<Material>): void {
    for (const material of changes.put) this.#byId.set(material.id, material)
  }

  forget(changes: Changes<Material>): void {
    for (const id of changes.removed) this.#byId.delete(id)
  }

  certificate(id: MaterialId): CertificateMaterial | undefined {
    const material = this.#byId.get(id)
    return material?.kind === 'certificate' ? material : undefined
  }

  ca(id: MaterialId): CaMaterial | undefined {
    const material = this.#byId.get(id)
    return material?.kind === 'ca' ? material : undefined
  }

  /** PEM of the revocation lists. */
  revocationLists(id: MaterialId): string | undefined {
    const material = this.#byId.get(id)
    return material?.kind === 'crl' ? material.lists : undefined
  }

  ticketKeys(id: MaterialId): TicketKeyMaterial | undefined {
    const material = this.#byId.get(id)
    return material?.kind === 'ticket-keys' ? material : undefined
  }

  users(id: MaterialId): UserMaterial | undefined {
    const material = this.#byId.get(id)
    return material?.kind === 'users' ? material : undefined
  }

  apiKeys(id: MaterialId): ApiKeyMaterial | undefined {
    const material = this.#byId.get(id)
    return material?.kind === 'api-keys' ? material : undefined
  }

  /** What a file holds that a filter names. */
  text(id: MaterialId): TextMaterial | undefined {
    const material = this.#byId.get(id)
    return material?.kind === 'text' ? material : undefined
  }
}
