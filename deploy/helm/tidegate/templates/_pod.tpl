{{/* The template of the pods. */}}
{{- define "tidegate.pod" -}}
metadata:
  labels:
    {{- include "tidegate.selectorLabels" . | nindent 4 }}
    {{- with .Values.commonLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
    {{- with .Values.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  annotations:
    # Most settings take effect at start: pods are replaced when they change.
    checksum/config: {{ include "tidegate.gateway" . | sha256sum }}
    {{- with .Values.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  serviceAccountName: {{ include "tidegate.serviceAccountName" . }}
  automountServiceAccountToken: true
  enableServiceLinks: false
  # The delay and the time to drain, which the gateway keeps itself, and 10 s for the process.
  terminationGracePeriodSeconds: {{ add .Values.drain.delaySeconds .Values.drain.timeoutSeconds 10 }}
  securityContext:
    {{- toYaml .Values.podSecurityContext | nindent 4 }}
  {{- with .Values.imagePullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
  containers:
    - name: tidegate
      image: {{ include "tidegate.image" . | quote }}
      imagePullPolicy: {{ .Values.image.pullPolicy }}
      args: [run, --config, /etc/tidegate]
      securityContext:
        {{- toYaml .Values.containerSecurityContext | nindent 8 }}
      ports:
        {{- range $name, $listener := .Values.listeners }}
        {{- if $listener }}
        - name: {{ $name }}
          containerPort: {{ $listener.port }}
          protocol: TCP
          {{- with $listener.hostPort }}
          hostPort: {{ . }}
          {{- end }}
        {{- end }}
        {{- end }}
        - name: health
          containerPort: {{ .Values.health.port }}
          protocol: TCP
      env:
        {{- range $name, $path := dict "POD_NAMESPACE" "metadata.namespace" "POD_NAME" "metadata.name" "POD_IP" "status.podIP" "HOST_IP" "status.hostIP" "NODE_NAME" "spec.nodeName" }}
        - name: {{ $name }}
          valueFrom: { fieldRef: { apiVersion: v1, fieldPath: {{ $path }} } }
        {{- end }}
        # What an event names that asks for the right to read a Secret.
        - name: TIDEGATE_SECRETS_ROLE
          value: {{ printf "%s-secrets" (include "tidegate.fullname" .) }}
        - name: TIDEGATE_SERVICE_ACCOUNT
          value: {{ include "tidegate.serviceAccountName" . }}
        {{- with .Values.env }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      {{- with .Values.envFrom }}
      envFrom:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      startupProbe:
        httpGet: { path: /healthz, port: health }
        {{- toYaml .Values.probes.startup | nindent 8 }}
      livenessProbe:
        httpGet: { path: /healthz, port: health }
        {{- toYaml .Values.probes.liveness | nindent 8 }}
      readinessProbe:
        httpGet: { path: /readyz, port: health }
        {{- toYaml .Values.probes.readiness | nindent 8 }}
      resources:
        {{- toYaml .Values.resources | nindent 8 }}
      volumeMounts:
        - { name: config, mountPath: /etc/tidegate, readOnly: true }
        - { name: tmp, mountPath: /tmp }
        {{- with .Values.volumeMounts }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
  volumes:
    - name: config
      configMap: { name: {{ include "tidegate.fullname" . }} }
    - name: tmp
      emptyDir: { sizeLimit: 64Mi }
    {{- with .Values.volumes }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- with .Values.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.affinity }}
  affinity:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- if and .Values.topologySpreadConstraints (eq .Values.kind "Deployment") }}
  topologySpreadConstraints:
    {{- range .Values.topologySpreadConstraints }}
    - labelSelector:
        matchLabels:
          {{- include "tidegate.selectorLabels" $ | nindent 10 }}
      # Of one revision alone: else old pods push new ones to the wrong places.
      matchLabelKeys: [pod-template-hash]
      {{- toYaml . | nindent 6 }}
    {{- end }}
  {{- end }}
{{- end -}}

{{- define "tidegate.image" -}}
{{- with .Values.image -}}
{{- if .digest -}}
{{ .repository }}@{{ .digest }}
{{- else -}}
{{ .repository }}:{{ default $.Chart.AppVersion .tag }}
{{- end -}}
{{- end -}}
{{- end -}}
