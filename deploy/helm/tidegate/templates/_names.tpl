{{- define "tidegate.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* The name of nearly every object: the release's, with the chart's unless it is in there already. */}}
{{- define "tidegate.fullname" -}}
{{- $name := include "tidegate.name" . -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" -}}
{{- else if contains $name .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "tidegate.selectorLabels" -}}
app.kubernetes.io/name: {{ include "tidegate.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "tidegate.labels" -}}
{{ include "tidegate.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* The metadata of an object of the release's namespace that is named as `name` says, else as all others. Takes `root`, `name`, `labels`, `annotations`. */}}
{{- define "tidegate.metadata" -}}
name: {{ .name | default (include "tidegate.fullname" .root) }}
namespace: {{ .root.Release.Namespace }}
labels:
  {{- include "tidegate.labels" .root | nindent 2 }}
  {{- with .labels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with .annotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "tidegate.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "tidegate.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{/* The account, as bindings name it. */}}
{{- define "tidegate.subjects" -}}
subjects:
  - kind: ServiceAccount
    name: {{ include "tidegate.serviceAccountName" . }}
    namespace: {{ .Release.Namespace }}
{{- end -}}

{{- define "tidegate.className" -}}
{{- default .Values.kubernetes.class .Values.ingressClass.name -}}
{{- end -}}

{{/* `namespace/name` of the ConfigMap that the IngressClass of the chart has as parameters, or nothing. */}}
{{- define "tidegate.classParameters" -}}
{{- $own := .Values.ingressClass.parameters -}}
{{- if and .Values.ingressClass.enabled $own.data -}}
{{- printf "%s/%s-class" .Release.Namespace (include "tidegate.fullname" .) -}}
{{- else if and .Values.ingressClass.enabled $own.name -}}
{{- printf "%s/%s" (default .Release.Namespace $own.namespace) $own.name -}}
{{- end -}}
{{- end -}}

{{/* Fails with a sentence where values contradict each other. */}}
{{- define "tidegate.check" -}}
{{- $status := (include "tidegate.kubernetes" . | fromYaml).status.from -}}
{{- if and (eq $status "service") (not .Values.service.enabled) (not .Values.kubernetes.status.service) -}}
{{- fail "kubernetes.status.from is \"service\" and there is none: name one in kubernetes.status.service, or take \"nodes\", \"addresses\" or \"off\"" -}}
{{- end -}}
{{- if and .Values.autoscaling.enabled (eq .Values.kind "DaemonSet") -}}
{{- fail "autoscaling.enabled: a DaemonSet has one pod on each node: take kind: Deployment, or switch autoscaling off" -}}
{{- end -}}
{{- if and .Values.ingressClass.parameters.data .Values.ingressClass.parameters.name -}}
{{- fail "ingressClass.parameters has \"data\" and \"name\": write one of them" -}}
{{- end -}}
{{- end -}}
