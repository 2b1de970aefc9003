# What is installed where, and the two Debian packages that cpack makes of it: mxrelay, the relay
# with all that an operator needs, and mxlab, the lab.
#
#   ninja -C build/release debs      # builds the programs, then build/release/*.deb
set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY ON) # cpack alone shall not build tests and benches

set(deploy ${CMAKE_SOURCE_DIR}/deploy)
set(staged ${CMAKE_BINARY_DIR}/packaging)

# mxlab_install_gzipped(FILE DESTINATION NAME COMPONENT): as Debian wants manuals and changelogs.
function(mxlab_install_gzipped file destination name component)
  install(
    CODE "set(target \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${destination}\")
          file(MAKE_DIRECTORY \"\${target}\")
          execute_process(COMMAND gzip -9nc \"${file}\" OUTPUT_FILE \"\${target}/${name}.gz\"
                          COMMAND_ERROR_IS_FATAL ANY)
          file(CHMOD \"\${target}/${name}.gz\" PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ
               WORLD_READ)"
    COMPONENT ${component})
endfunction()

# mxlab_install_link(DIRECTORY NAME TARGET): a symbolic link of the relay's package.
function(mxlab_install_link directory name target)
  file(MAKE_DIRECTORY ${staged}/${directory})
  file(CREATE_LINK ${target} ${staged}/${directory}/${name} SYMBOLIC)
  install(FILES ${staged}/${directory}/${name} DESTINATION ${directory} COMPONENT relay)
endfunction()

# mxlab_install_program(NAME DIRECTORY COMPONENT): the program with its completions.
function(mxlab_install_program name directory component)
  if(NOT TARGET program_${name})
    return()
  endif()
  install(TARGETS program_${name} RUNTIME DESTINATION ${directory} COMPONENT ${component})
  set_property(GLOBAL APPEND PROPERTY ${component}_programs program_${name})
  if(EXISTS ${deploy}/completions/${name}.bash)
    install(
      FILES ${deploy}/completions/${name}.bash
      DESTINATION share/bash-completion/completions
      RENAME ${name}
      COMPONENT ${component})
  endif()
endfunction()

function(mxlab_install_manual page component)
  string(REGEX MATCH "[0-9]$" section ${page})
  mxlab_install_gzipped(${deploy}/man/${page} share/man/man${section} ${page} ${component})
endfunction()

# mxlab_install_papers(PACKAGE COMPONENT): /usr/share/doc.
function(mxlab_install_papers package component)
  configure_file(${deploy}/debian/changelog.in ${staged}/${package}.changelog @ONLY)
  mxlab_install_gzipped(${staged}/${package}.changelog share/doc/${package} changelog ${component})
  install(FILES ${deploy}/debian/copyright DESTINATION share/doc/${package} COMPONENT ${component})
endfunction()

# --- mxrelay -----------------------------------------------------------------
mxlab_install_program(mxrelayd sbin relay)
mxlab_install_program(mxrelayctl bin relay)
mxlab_install_program(mxrelay-sendmail sbin relay)
foreach(page mxrelayd.8 mxrelayctl.8 mxrelay-sendmail.8 mxrelay-smtpd.conf.5)
  mxlab_install_manual(${page} relay)
endforeach()
mxlab_install_papers(mxrelay relay)
# Debian Policy 11.6: what a mail-transport-agent must bring.
mxlab_install_link(sbin sendmail mxrelay-sendmail)
mxlab_install_link(lib sendmail ../sbin/mxrelay-sendmail)
mxlab_install_link(bin mailq ../sbin/mxrelay-sendmail)
mxlab_install_link(bin newaliases ../sbin/mxrelay-sendmail)
mxlab_install_link(share/man/man8 sendmail.8.gz mxrelay-sendmail.8.gz)
mxlab_install_link(share/man/man1 mailq.1.gz ../man8/mxrelay-sendmail.8.gz)
mxlab_install_link(share/man/man1 newaliases.1.gz ../man8/mxrelay-sendmail.8.gz)
install(FILES ${deploy}/smtpd.conf DESTINATION /etc/mxrelay COMPONENT relay)
install(DIRECTORY ${deploy}/systemd/ DESTINATION /lib/systemd/system COMPONENT relay)
install(PROGRAMS ${deploy}/acme/mxrelay-hook ${deploy}/acme/mxrelay-renew
        DESTINATION lib/mxrelay COMPONENT relay)
install(FILES ${deploy}/README.md DESTINATION share/doc/mxrelay COMPONENT relay)
install(FILES ${deploy}/nftables.conf ${deploy}/mxrelay.socket
        DESTINATION share/doc/mxrelay/examples COMPONENT relay)

# --- mxlab -------------------------------------------------------------------
mxlab_install_program(mxlab bin lab)
mxlab_install_program(fakedns sbin lab)
install(TARGETS ${lab_preloads} LIBRARY DESTINATION lib/mxlab COMPONENT lab)
mxlab_install_manual(mxlab.1 lab)
mxlab_install_manual(fakedns.8 lab)
mxlab_install_papers(mxlab lab)
install(DIRECTORY scenarios sweeps DESTINATION share/mxlab COMPONENT lab)
install(DIRECTORY ${deploy}/sweep DESTINATION share/doc/mxlab USE_SOURCE_PERMISSIONS COMPONENT lab)
install(FILES sim/study/senders.yaml sim/study/mix.yaml DESTINATION share/mxlab/sim/study COMPONENT lab)

# --- cpack -------------------------------------------------------------------
# The maintainer scripts bear their package's name in the tree, and not in the package.
foreach(script postinst prerm postrm conffiles)
  configure_file(${deploy}/debian/mxrelay.${script} ${staged}/control/${script} COPYONLY)
  list(APPEND control_files ${staged}/control/${script})
endforeach()
set(CPACK_GENERATOR DEB)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_ALL relay lab)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ
    GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_PACKAGE_CONTACT "the mxlab maintainers <maintainers@mxlab.invalid>")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_SECTION mail)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)

set(CPACK_DEBIAN_RELAY_PACKAGE_NAME mxrelay)
set(CPACK_DEBIAN_RELAY_PACKAGE_DEPENDS adduser)
set(CPACK_DEBIAN_RELAY_PACKAGE_RECOMMENDS ca-certificates)
set(CPACK_DEBIAN_RELAY_PACKAGE_SUGGESTS "uacme, swaks")
set(CPACK_DEBIAN_RELAY_PACKAGE_PROVIDES mail-transport-agent)
set(CPACK_DEBIAN_RELAY_PACKAGE_CONFLICTS mail-transport-agent)
set(CPACK_DEBIAN_RELAY_PACKAGE_REPLACES mail-transport-agent)
set(CPACK_DEBIAN_RELAY_PACKAGE_CONTROL_EXTRA ${control_files})
set(CPACK_COMPONENT_RELAY_DESCRIPTION
    "backup MX relay that loses no mail
mxrelayd receives mail for a domain whose mail server is away, keeps it, and
delivers it when the server is back. It is configured in the language of
OpenSMTPD's smtpd.conf; what it has answered 250 to survives power cuts. It
confines itself by Landlock and seccomp.")

set(CPACK_DEBIAN_LAB_PACKAGE_NAME mxlab)
set(CPACK_DEBIAN_LAB_PACKAGE_SECTION net)
set(CPACK_DEBIAN_LAB_PACKAGE_SUGGESTS mxrelay)
set(CPACK_COMPONENT_LAB_DESCRIPTION
    "lab that plays what happens to mail when a mail server is away
mxlab runs senders, a primary and the real backup relay on virtual time, over
a simulated network, disk and DNS: days of an outage take milliseconds.
fakedns is a name server for tests, which lies on demand.")
include(CPack)

get_property(relay_programs GLOBAL PROPERTY relay_programs)
get_property(lab_programs GLOBAL PROPERTY lab_programs)
add_custom_target(relay_programs DEPENDS ${relay_programs})
add_custom_target(
  debs
  COMMAND ${CMAKE_CPACK_COMMAND} -G DEB
  DEPENDS ${relay_programs} ${lab_programs} ${lab_preloads}
  WORKING_DIRECTORY ${CMAKE_BINARY_DIR}
  COMMENT "Making the Debian packages"
  VERBATIM)
