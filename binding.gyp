# The same addon through plain node-gyp, for those whose tools expect it. CMakeLists.txt explains the flags.
{
  'targets': [
    {
      'target_name': 'dpdk_node',
      'sources': [
        '<!@(find native/core native/napi -name "*.cc" | sort)',
      ],
      'include_dirs': [
        'native',
        '<!(node -p "require(\'node-addon-api\').include_dir")',
      ],
      'defines': [
        'ALLOW_EXPERIMENTAL_API',
        'NAPI_VERSION=8',
        'NAPI_CPP_EXCEPTIONS',
        'NODE_ADDON_API_DISABLE_DEPRECATED',
        'NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS',
      ],
      'cflags': [
        '-fvisibility=hidden',
        '<!@(pkg-config --cflags libdpdk)',
      ],
      'cflags_cc!': [
        '-fno-exceptions',
        '-fno-rtti',
        '-std=gnu++17',
      ],
      'cflags_cc': [
        '-std=gnu++20',
        '-fvisibility-inlines-hidden',
      ],
      'ldflags': [
        '-Wl,-z,nodelete',
      ],
      'libraries': [
        '<!@(pkg-config --libs libdpdk)',
      ],
    },
  ],
}
