import { readFileSync } from 'node:fs'
import { kubernetesApiCases } from '../conformance/kubernetes-api.ts'
import { KubeAccess } from '../support/kubernetes/kube-access.ts'

kubernetesApiCases('kube-apiserver', async () => {
  const { url, adminToken, caFile } = KubeAccess.shared()
  return { url, token: adminToken, ca: readFileSync(caFile, 'utf8') }
})
