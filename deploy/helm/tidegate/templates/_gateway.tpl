{{/* YAML of Helm reads a bare `on` and `off` as true and false: gives the words back. */}}
{{- define "tidegate.word" -}}
{{- if kindIs "bool" . }}{{ ternary "on" "off" . }}{{ else }}{{ . }}{{ end -}}
{{- end -}}

{{/* The block `kubernetes` of the gateway: the values, without those that say nothing, and with what the chart knows. */}}
{{- define "tidegate.kubernetes" -}}
{{- $block := dict -}}
{{- range $key, $value := .Values.kubernetes -}}
{{- if kindIs "bool" $value -}}
{{- $_ := set $block $key (include "tidegate.word" $value) -}}
{{- else if or $value (and (eq $key "catchAll") (kindIs "slice" $value)) -}}
{{- $_ := set $block $key $value -}}
{{- end -}}
{{- end -}}
{{- $status := dict "from" (include "tidegate.word" .Values.kubernetes.status.from) -}}
{{- if eq $status.from "service" -}}
{{- $_ := set $status "service" (default (printf "%s/%s" .Release.Namespace (include "tidegate.fullname" .)) .Values.kubernetes.status.service) -}}
{{- else if eq $status.from "addresses" -}}
{{- $_ := set $status "addresses" .Values.kubernetes.status.addresses -}}
{{- end -}}
{{- $_ := set $block "status" $status -}}
{{- $election := .Values.kubernetes.leaderElection -}}
{{- $_ := set $block "leaderElection" (dict "lease" (default (printf "%s-leader" (include "tidegate.fullname" .)) $election.lease) "namespace" (default .Release.Namespace $election.namespace)) -}}
{{- $secrets := dict "mode" .Values.kubernetes.secrets.mode -}}
{{- $certificate := .Values.kubernetes.defaultCertificate -}}
{{- if eq $secrets.mode "namespaces" -}}
{{- $list := .Values.kubernetes.secrets.namespaces -}}
{{- if $certificate }}{{ $list = append $list (splitList "/" $certificate | first) }}{{ end -}}
{{- if $list }}{{ $_ := set $secrets "namespaces" (uniq $list | sortAlpha) }}{{ end -}}
{{- else if eq $secrets.mode "names" -}}
{{- $list := .Values.kubernetes.secrets.names -}}
{{- if $certificate }}{{ $list = append $list $certificate }}{{ end -}}
{{- if $list }}{{ $_ := set $secrets "names" (uniq $list | sortAlpha) }}{{ end -}}
{{- end -}}
{{- $_ := set $block "secrets" $secrets -}}
{{- $parameters := .Values.kubernetes.classParameters -}}
{{- with include "tidegate.classParameters" . }}{{ $parameters = append $parameters . }}{{ end -}}
{{- if $parameters }}{{ $_ := set $block "classParameters" (uniq $parameters | sortAlpha) }}{{ end -}}
{{ toYaml $block }}
{{- end -}}

{{/* The gateway's configuration. */}}
{{- define "tidegate.gateway" -}}
{{- $gateway := deepCopy .Values.config -}}
{{- $listeners := list -}}
{{- range $name, $listener := .Values.listeners -}}
{{- if $listener -}}
{{- $one := dict "name" $name "address" (printf ":%v" $listener.port) -}}
{{- with $listener.publicPort }}{{ $_ := set $one "publicPort" . }}{{ end -}}
{{- $listeners = append $listeners (merge $one (deepCopy (default dict $listener.settings))) -}}
{{- end -}}
{{- end -}}
{{- $_ := set $gateway "listeners" $listeners -}}
{{- $_ := set $gateway "workers" .Values.workers -}}
{{- $_ := set $gateway "kubernetes" (include "tidegate.kubernetes" . | fromYaml) -}}
{{- $_ := set $gateway "drain" (dict "delay" (ternary (printf "%vs" .Values.drain.delaySeconds) "none" (gt (int .Values.drain.delaySeconds) 0)) "timeout" (printf "%vs" .Values.drain.timeoutSeconds)) -}}
{{- $health := dict "address" (printf ":%v" .Values.health.port) "metrics" (ternary "on" "off" .Values.metrics.enabled) -}}
{{- $_ := set $gateway "admin" (dict "address" "127.0.0.1:9901" "health" $health) -}}
{{ toYaml $gateway }}
{{- end -}}
