# What limits a container: cgroups, seccomp, capabilities, rlimits, sysctls; and hooks. Included by
# the plugin's list of sources and by its tests.
set(RUNTIME_LINUX_LIMITS
  capabilities.c cgroup.c cgroup_apply.c cgroup_convert.c cgroup_create.c cgroup_destroy.c cgroup_devices.c
  cgroup_devices_v1.c cgroup_devices_v2.c cgroup_file.c cgroup_freezer.c cgroup_limits.c
  cgroup_limits_cpu.c cgroup_limits_io.c cgroup_limits_memory.c cgroup_limits_named.c
  cgroup_metrics.c cgroup_oom.c cgroup_pids.c cgroup_stats.c cgroup_sub.c cgroup_systemd.c cgroup_tree.c dbus.c dbus_message.c descriptors.c hook_run.c hooks.c mount_table.c mountinfo.c name.c number_list.c
  rlimits.c seccomp.c seccomp_cache.c seccomp_enosys.c seccomp_names.c seccomp_rules.c seccomp_shorten.c sysctl.c systemd_name.c systemd_properties.c systemd_unit.c)
list(TRANSFORM RUNTIME_LINUX_LIMITS PREPEND ${CMAKE_CURRENT_LIST_DIR}/)
